"""The house of the golden questions is that of the reader's tests."""

from tests.domain.query.conftest import house

__all__ = ["house"]

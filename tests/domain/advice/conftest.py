"""The house of these tests is that of the reader's."""

from tests.domain.query.conftest import house

__all__ = ["house"]

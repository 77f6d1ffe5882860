"""Campaigns are asked about as everything is that the schema's tests ask: however long an answer takes."""

from tests.schema.conftest import unhurried

__all__ = ["unhurried"]

"""Imports against the floor: from NDJSON bytes to commit, and a bare binary COPY of the finished rows."""

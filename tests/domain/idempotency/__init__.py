"""Tests of keys of requests."""

"""Tests of touchpoints."""

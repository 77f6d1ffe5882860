"""Tests of the workers, as real processes on a real Postgres and Valkey."""

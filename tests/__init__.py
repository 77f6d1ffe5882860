"""Tests mirror the house; they run against real Postgres and Valkey."""

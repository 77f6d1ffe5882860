"""Tests of the durable ledger."""

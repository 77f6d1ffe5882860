"""Campaigns: what is sent to whom, and what became of each contact, as far as it is recorded."""

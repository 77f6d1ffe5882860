"""Campaigns: what is sent to whom; for now only what touchpoints and orders may name."""

"""Consents: what a customer allows, per channel and purpose; all that was ever said, and which of it holds."""

"""Identities: the values that a customer is known by, normalised, claimed once and matched."""

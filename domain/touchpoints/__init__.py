"""Touchpoints: every point of interaction with a customer, over any channel."""

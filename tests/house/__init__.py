"""The rules of the house, kept by tests and not by memory."""

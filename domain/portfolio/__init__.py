"""The portfolio: what customers earn, by month, channel and category."""

"""Segments: who is in what, since when and why."""

"""Backups, there and back."""

"""What is new, for whoever listens: each told once, in order, after its commit, whichever process wrote it."""

from domain.following.feed import Feed, Looked, News

__all__ = ["Feed", "Looked", "News"]

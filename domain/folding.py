"""The fold key of a text (data.md 20): what orders, comparisons and searches go by, alike on every machine."""

import unicodedata


def fold(text: str) -> str:
    """NFKC and case folded; folded again, it stays as it is."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())

"""The fold key of a text: what orders, comparisons and searches go by, alike on every machine."""

import unicodedata


def fold(text: str) -> str:
    """NFKC and case folded; folded again, it stays as it is."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


_LONGEST_KEY = 256


def order_key(text: str) -> str:
    """The beginning of the fold key: what an index holds must fit a page, and one letter may fold into eighteen."""
    return fold(text)[:_LONGEST_KEY]

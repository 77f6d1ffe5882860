"""Why somebody enters and leaves: by places, as customer_segment names them, and back."""

from typing import Final

from domain.vocabulary import SegmentChangeCause

_ORDER: Final = tuple(SegmentChangeCause)
CAUSES: Final = "(ARRAY[{}])".format(", ".join(f"'{cause}'" for cause in _ORDER))
"""In SQL, to be asked for a place."""


def place(cause: SegmentChangeCause) -> int:
    """How customer_segment names a cause."""
    return _ORDER.index(cause) + 1

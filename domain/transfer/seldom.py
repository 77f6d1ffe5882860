"""Garbage is looked for seldom while rows by the million are read: they are many, and in no circles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_OBJECTS_BETWEEN: Final = 200_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """To look through them all again and again is a quarter of the work."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)

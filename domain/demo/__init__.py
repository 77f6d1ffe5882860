"""The demo: The Complete Journey (CC0), bundled, converted and loaded by the same engine as every import."""

from domain.demo.commands import is_empty
from domain.demo.loading import DemoProgress, Loaded, load
from domain.demo.segments import save_segments

__all__ = ["DemoProgress", "Loaded", "is_empty", "load", "save_segments"]

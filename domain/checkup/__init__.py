"""What a deployment's database tells of its own health."""

from domain.checkup.queries import Checkup, look

__all__ = ["Checkup", "look"]

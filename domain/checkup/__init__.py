"""What a deployment's database tells of its own health."""

from domain.checkup.queries import Checkup, look, revision

__all__ = ["Checkup", "look", "revision"]

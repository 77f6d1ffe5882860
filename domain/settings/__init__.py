"""What the organization has settled, and what follows when it settles something else."""

from domain.settings.queries import Settings

__all__ = ["Settings"]

"""How examples are generated: the same in each run, so that what fails here fails everywhere."""

from typing import Final

from hypothesis import HealthCheck, Phase, settings

EACH_RUN_ALIKE: Final = settings(
    deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
UNSHRUNK: Final = settings(EACH_RUN_ALIKE, phases=[Phase.generate])
"""For examples that cost a tenth of a second and more, and are small as they are."""

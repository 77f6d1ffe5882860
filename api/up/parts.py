"""The commands of what Rapport itself runs: the web process, the worker's two siblings, the short steps of a start."""

import signal
import sys
from dataclasses import dataclass

from api.up.child import Command
from api.up.ground import Ground
from api.up.place import Place


@dataclass(frozen=True, slots=True)
class Parts:
    """All of them stand on the same ground. Orphaned they die at once: what they had not committed is undone."""

    place: Place
    ground: Ground
    servers_lock: int

    def web(self, host: str, port: int) -> Command:
        return self._part("The web process", "web", "api.up.gate", host, str(port), gated=True)

    def workers(self) -> tuple[Command, Command]:
        return self._part("The worker's loop", "loop", "jobs.loop"), self._part("The worker", "worker", "jobs.worker")

    def step(self, name: str, *arguments: str) -> Command:
        """Something short that speaks to the terminal itself."""
        return Command(
            f"the step '{name}'",
            (sys.executable, "-m", f"api.up.{name}", *arguments),
            log=None,
            env=self._environment(),
            orphan_signal=signal.SIGKILL,
            stop_within=5,
            keep_open=(self.servers_lock,),
        )

    def _part(self, name: str, log: str, module: str, *arguments: str, gated: bool = False) -> Command:
        return Command(
            name,
            (sys.executable, "-m", module, *arguments),
            log=self.place.logs / f"{log}.log",
            env=self._environment(),
            orphan_signal=signal.SIGKILL,
            stop_within=26,  # they promise to be gone within 25
            keep_open=(self.servers_lock,),
            gated=gated,
        )

    def _environment(self) -> dict[str, str]:
        ground = self.ground
        urls = {"DATABASE_URL": ground.database_url, "REDIS_URL": ground.redis_url}
        # Compiled modules are kept even where the environment (many container images) says not to: without them every
        # start compiles all of ours again, which takes longer than all the rest of it.
        own = {"RAPPORT_SECRET": self.place.secret(), "RAPPORT_ERASURES": str(self.place.erasures)}
        return urls | own | {"PYTHONDONTWRITEBYTECODE": ""}

"""What web and worker stand on: the embedded servers, or the ones that the environment names."""

import asyncio
import os
from dataclasses import dataclass
from hashlib import sha256

from api.up.binaries import postgres_programs
from api.up.child import ChildFailed
from api.up.place import Place
from api.up.postgres import Postgres
from api.up.tree import Tree
from api.up.valkey import Valkey

POSTGRES_RANK, VALKEY_RANK, WORKER_RANK, WEB_RANK = range(4)


@dataclass(frozen=True, slots=True)
class Ground:
    """Each server is embedded, or None where a URL was given."""

    postgres: Postgres | None
    valkey: Valkey | None
    database_url: str
    redis_url: str
    sockets: str

    @staticmethod
    def of(place: Place, servers_lock: int) -> "Ground":
        given_postgres = os.environ.get("DATABASE_URL", "").strip()
        given_redis = os.environ.get("REDIS_URL", "").strip()
        if given_postgres and given_redis:
            return Ground(None, None, given_postgres, given_redis, "")
        account = place.account()
        sockets = place.sockets(account)
        keep_open = (servers_lock,)
        postgres, valkey = None, None
        if not given_postgres:
            cluster, programs = place.postgres(account), postgres_programs(account)
            log = place.logs / "postgres.log"
            postgres = Postgres(cluster, sockets, programs, log, account=account, keep_open=keep_open)
        if not given_redis:
            log = place.logs / "valkey.log"
            valkey = Valkey(place.valkey, sockets / "valkey.sock", log, keep_open=keep_open)
        return Ground(
            postgres,
            valkey,
            given_postgres or (postgres.url() if postgres else ""),
            given_redis or (valkey.url() if valkey else ""),
            str(sockets),
        )

    @property
    def name(self) -> str:
        """Which database it is, without anything secret; the same at every start."""
        return "embedded" if self.postgres is not None else sha256(self.database_url.encode()).hexdigest()[:16]

    @property
    def is_new(self) -> bool:
        return self.postgres is not None and not (self.postgres.folder / "PG_VERSION").exists()

    async def stand(self, tree: Tree) -> None:
        """Start what is embedded, both at once, and return when both answer."""
        starting = []
        if self.postgres is not None:
            self.postgres.prepare()
            starting.append(self.postgres.ready(tree.grow(self.postgres.command(), POSTGRES_RANK)))
        if self.valkey is not None:
            self.valkey.prepare()
            starting.append(self.valkey.ready(tree.grow(self.valkey.command(), VALKEY_RANK)))
        await asyncio.gather(*starting)
        if self.postgres is not None:
            await self.postgres.make_database()

    async def lacks_migrations(self) -> bool:
        """Whether the database is behind the code; in words if it cannot be reached at all."""
        import asyncpg

        from api.migrating import head, revision

        try:
            return await revision(self.database_url) != head()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise ChildFailed(f"the database does not answer: {error or type(error).__name__}") from error

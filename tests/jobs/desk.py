"""A desk where segments are asked for over GraphQL, and a worker that works when it is told to."""

from typing import Any
from uuid import UUID

import orjson

from domain.database import Database
from domain.ledger import JobView
from domain.vocabulary import JobKind, JobStatus
from tests.schema.world import CALLERS, ask
from tests.support.uploads import Hand

PEOPLE = 20
_PAYLOAD = "{ segment { id memberCount refreshedAt } errors { code message path subjects } }"
MEMBERS = """query ($id: ID) { segment(id: $id) { memberCount refreshedAt members(first: 250) { nodes { id } }
  changes(first: 250) { nodes { entered cause customer { id } } } } }"""
Where = dict[str, Any]


def bought(at_least: int) -> Where:
    return {"orders": {"count": {"gte": at_least}}}


class Desk:
    """A house whose worker works when it is told to; the n-th of its people has bought n modulo 4 times."""

    def __init__(self, db: Database, worker: Hand, people: list[str]) -> None:
        self.db, self.worker, self.people = db, worker, people
        self.looked: list[tuple[tuple[int, ...], list[UUID]]] = []

    def buyers(self, at_least: int) -> set[str]:
        return {id_ for at, id_ in enumerate(self.people) if at % 4 >= at_least}

    async def ask(self, text: str, **variables: Any) -> Any:
        answer = orjson.loads((await ask(self.db, CALLERS[0], text, variables)).body)
        assert "errors" not in answer, answer
        [told] = answer["data"].values()
        return told

    async def create(self, name: str, where: Where) -> str:
        text = "mutation ($input: SegmentInput!) { segmentCreate(input: $input) " + _PAYLOAD + " }"
        told = await self.ask(text, input={"name": name, "where": where})
        assert told["errors"] == [], told
        return str(told["segment"]["id"])

    async def edit(self, id_: str, where: Where) -> None:
        text = "mutation ($id: ID!, $input: SegmentInput!) { segmentUpdate(id: $id, input: $input) " + _PAYLOAD + " }"
        assert (await self.ask(text, id=id_, input={"where": where}))["errors"] == []

    async def put(self, deed: str, id_: str) -> Any:
        return await self.ask(f"mutation ($id: ID!) {{ segment{deed}(id: $id) {_PAYLOAD} }}", id=id_)

    async def members(self, id_: str) -> set[str]:
        told = await self.ask(MEMBERS, id=id_)
        found = {node["id"] for node in told["members"]["nodes"]}
        assert told["memberCount"] == len(found)
        return found

    async def work(self) -> JobView:
        """The oldest job that waits; how it ended."""
        async with self.db.connection() as tx:
            job = await tx.fetchval("SELECT job_id FROM job WHERE status = 'QUEUED' ORDER BY queued_at, job_id LIMIT 1")
            await tx.execute("UPDATE job SET run_after = clock_timestamp() WHERE status = 'QUEUED'")
        await self.worker.carry_out(JobKind.REFRESH_SEGMENTS)
        return await self.worker.look(job)

    async def waiting(self) -> list[dict[str, Any]]:
        async with self.db.connection() as tx:
            rows = await tx.fetch("SELECT arguments FROM job WHERE status = 'QUEUED' ORDER BY queued_at, job_id")
        return [row[0] for row in rows]

    async def all_work(self) -> None:
        while await self.waiting():
            assert (await self.work()).status is JobStatus.SUCCEEDED

    def times_looked(self, number: int) -> list[UUID]:
        return sorted(one for numbers, whom in self.looked if number in numbers for one in whom)

"""Jobs over GraphQL: started, refused with every fault, stopped, followed, in one transaction a request."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.vocabulary import Role
from schema.execution import Answer, execute, subscribe
from tests.schema.world import ask, context, prepare

START = """
mutation Start($kind: JobKind!, $arguments: JSON) {
  jobStart(kind: $kind, arguments: $arguments) {
    job { id kind status arguments progress attempts queuedAt startedAt result }
    errors { code message path subjects }
  }
}
"""


async def done(db: Database, text: str, **variables: Any) -> Any:
    answer = await ask(db, OPERATOR, text, variables)
    assert answer.code is None, answer.body
    return orjson.loads(answer.body)["data"]


async def jobs(db: Database) -> int:
    async with db.connection() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM job")
        return count


async def test_a_job_is_started_and_read_back(db: Database) -> None:
    started = (await done(db, START, kind="FIT_VALUE_MODEL", arguments={"calibratedUntil": "1997-09-30"}))["jobStart"]
    assert started["errors"] == []
    job = started["job"]
    assert job.pop("id").startswith("job_")
    assert job == {
        "kind": "FIT_VALUE_MODEL",
        "status": "QUEUED",
        "arguments": {"calibratedUntil": "1997-09-30"},
        "progress": 0,
        "attempts": 0,
        "queuedAt": "2026-06-01T12:00:00+00:00",
        "startedAt": None,
        "result": None,
    }


async def test_wrong_arguments_are_told_with_their_paths_and_leave_no_trace(db: Database) -> None:
    wrong = {"calibratedUntil": "soon", "colour": "red", "family": "GAMMA_GAMMA"}
    refused = await done(db, START, kind="FIT_VALUE_MODEL", arguments=wrong)
    assert refused["jobStart"]["job"] is None
    assert [(fault["code"], fault["path"]) for fault in refused["jobStart"]["errors"]] == [
        ("INVALID", ["arguments", "calibratedUntil"]),
        ("INVALID", ["arguments", "colour"]),
        ("INVALID", ["arguments", "family"]),
    ]
    assert [fault["message"] for fault in refused["jobStart"]["errors"]] == [
        "calibratedUntil must be a calendar day of the years 1970 to 9900, such as 1997-09-30",
        "colour is not known; known are: calibratedUntil, family, score",
        "family must be one of BG_NBD, MBG_NBD and PARETO_NBD",
    ]
    listed = await done(db, START, kind="SCORE_CUSTOMERS", arguments=["asOf"])
    assert [(fault["code"], fault["path"]) for fault in listed["jobStart"]["errors"]] == [("INVALID", ["arguments"])]
    later = await done(db, START, kind="RUN_CAMPAIGN")
    assert [(fault["code"], fault["path"]) for fault in later["jobStart"]["errors"]] == [("NOT_FOUND", ["kind"])]
    assert await jobs(db) == 0


async def test_what_is_good_is_done_though_another_field_is_refused(db: Database) -> None:
    both = await done(
        db,
        """mutation {
          bad: jobStart(kind: SCORE_CUSTOMERS, arguments: {asOf: 5}) { job { id } errors { path } }
          good: jobStart(kind: SCORE_CUSTOMERS) {
            first: job { status } again: job { kind ... on Node { id } } r: job { r: kind } }
        }""",
    )
    assert both["bad"] == {"job": None, "errors": [{"path": ["arguments", "asOf"]}]}
    assert both["good"]["first"] == {"status": "QUEUED"}
    assert both["good"]["again"]["kind"] == both["good"]["r"]["r"] == "SCORE_CUSTOMERS"
    assert await jobs(db) == 1


async def test_fields_of_one_request_are_done_in_their_order(db: Database) -> None:
    job = (await done(db, START, kind="SCORE_CUSTOMERS"))["jobStart"]["job"]["id"]
    text = """mutation Stop($id: ID!) {
      first: jobCancel(id: $id) { job { status } errors { code } }
      second: jobCancel(id: $id) { job { status } errors { code path subjects } }
    }"""
    stopped = await done(db, text, id=job)
    assert stopped == {
        "first": {"job": {"status": "CANCELLED"}, "errors": []},
        "second": {"job": None, "errors": [{"code": "IN_WRONG_STATE", "path": ["id"], "subjects": [job]}]},
    }


async def test_ids_of_another_type_are_refused(db: Database) -> None:
    stopped = await done(db, 'mutation { jobCancel(id: "cus_1") { errors { code path } } }')
    assert stopped == {"jobCancel": {"errors": [{"code": "INVALID", "path": ["id"]}]}}


async def test_workers_are_woken_after_the_commit_and_only_then(db: Database) -> None:
    woken: list[UUID] = []

    async def wake(job: UUID) -> None:
        async with db.connection() as connection:
            assert await connection.fetchval("SELECT true FROM job WHERE job_id = $1", job), "not yet committed"
        woken.append(job)

    caller = context(db, OPERATOR)
    text = "mutation { jobStart(kind: SCORE_CUSTOMERS) { errors { code } } }"
    answer = await execute(prepare(text), None, replace(caller, wake=wake))
    assert answer.code is None
    assert len(woken) == 1


async def test_progress_is_told_until_the_job_ends(db: Database) -> None:
    job = (await done(db, START, kind="SCORE_CUSTOMERS"))["jobStart"]["job"]["id"]
    events = await opened(db, OPERATOR, job)
    assert await told(events) == {"jobProgress": {"state": "QUEUED", "progress": 0}}
    await change(db, job, "status = 'RUNNING', progress = 0.5, started_at = now()")
    assert await told(events) == {"jobProgress": {"state": "RUNNING", "progress": 0.5}}
    await change(db, job, "status = 'SUCCEEDED', progress = 1, finished_at = now()")
    assert await told(events) == {"jobProgress": {"state": "SUCCEEDED", "progress": 1}}
    assert [event async for event in events] == []


async def test_a_partner_follows_no_job_of_others(db: Database) -> None:
    job = (await done(db, START, kind="SCORE_CUSTOMERS"))["jobStart"]["job"]["id"]
    for caller, id_ in ((Principal("till", Role.PARTNER, source="till"), job), (OPERATOR, "job_" + "0" * 32)):
        [event] = [event async for event in await opened(db, caller, id_)]
        assert (event.code, event.unexpected) == ("NOT_FOUND", ())
        assert b'"data"' not in event.body


async def opened(db: Database, caller: Principal, job: str) -> AsyncIterator[Answer]:
    text = "subscription Follow($id: ID!) { jobProgress(id: $id) { state: status progress } }"
    events = await subscribe(prepare(text), {"id": job}, context(db, caller))
    assert not isinstance(events, Answer), events.body
    return events


async def told(events: AsyncIterator[Answer]) -> Any:
    return orjson.loads((await anext(events)).body)["data"]


async def change(db: Database, job: str, changes: str) -> None:
    async with db.connection() as connection:
        await connection.execute(f"UPDATE job SET {changes} WHERE job_id = $1", UUID(hex=job.removeprefix("job_")))

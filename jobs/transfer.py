"""The job of an upload: staged by a process of its own, recorded batch by batch, its refused rows a file at the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

import orjson

from domain import files
from domain.database import Database, Tx
from domain.deployment import Label
from domain.errors import Refused
from domain.ledger import JobCancelled
from domain.settings import Settings
from domain.transfer import commands, commands_uploads
from domain.transfer.ahead import stage_upload
from domain.transfer.kinds import Form
from domain.transfer.recording import HANDS, House, Recording
from domain.transfer.stage import Ground
from domain.transfer.uploads import Assignment, Totals, staging_of
from jobs.keeper import DATABASE_TROUBLE
from jobs.work import Work

_STATEMENT: Final = timedelta(minutes=15)
_KEPT: Final = timedelta(days=7)
# A batch is sorted and hashed in memory.
_ROOM: Final = "SET temp_buffers = '64MB'; SET work_mem = '64MB'"
_HEADER: Final = ("line", "field", "code", "reason")
_MEDIA: Final = {Form.NDJSON: "application/x-ndjson", Form.CSV: "text/csv"}


async def import_upload(work: Work) -> Mapping[str, object]:
    """Goes on after what earlier attempts recorded; what it tells is of the whole file in any case."""
    own = Database(work.deployment.database_url, size=HANDS, statement_timeout=_STATEMENT)
    try:
        await _make_room(own)
        return await _import(work, replace(work, db=own))
    except (Refused, JobCancelled):
        async with work.db.transaction() as tx:
            await commands_uploads.clear(tx, work.job_id, upload=True)
        raise
    except BaseException:  # another attempt stages again from the upload
        await _drop_staging(work)
        raise
    finally:
        await own.close()


async def _make_room(own: Database) -> None:
    """In every session."""
    async with AsyncExitStack() as open_:
        for _ in range(HANDS):
            connection = await open_.enter_async_context(own.connection())
            await connection.execute(_ROOM)


async def _drop_staging(work: Work) -> None:
    """Only this attempt's: another may have begun already."""
    with contextlib.suppress(*DATABASE_TROUBLE):
        async with work.db.transaction() as tx:
            await tx.execute("SET LOCAL lock_timeout = '5s'")
            await commands.drop(tx, f"{staging_of(work.job_id, work.attempt)}_")


async def tidy_transfers(tx: Tx, now: datetime) -> None:
    """Uploads, staging, rejects and files whose time is over."""
    await commands_uploads.sweep(tx, now)
    await files.tidy(tx, now)


async def _import(work: Work, alone: Work) -> Mapping[str, object]:
    given, ground = await _begin(work)
    staging = asyncio.ensure_future(work.compute(stage_upload, given))
    try:
        form = await Recording(House(alone.transaction, work.progress), ground, given).go(staging)
    finally:
        staging.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await staging
    return await _end(work, form)


async def _begin(work: Work) -> tuple[Assignment, Ground]:
    secret = work.deployment.secret
    async with work.transaction() as tx:
        upload = await commands_uploads.find_upload(tx, work.job_id)
        resume = await commands_uploads.take_up(tx, work.job_id)
        await commands_uploads.clear(tx, work.job_id, upload=False)
        settings = await Settings.load(tx)
    claims = secret.key(Label.CLAIMS)
    ground = Ground(claims, settings, upload.received_at, upload.caller, secret.key(Label.TOMBSTONES))
    return Assignment(work.deployment.database_url, upload, work.attempt, claims, resume), ground


async def _end(work: Work, form: Form) -> Mapping[str, object]:
    """The file of refused rows, the end of the upload and the end of the job, in one transaction."""
    async with work.transaction() as tx:
        totals = await commands_uploads.totals(tx, work.job_id)
        if totals.rows_rejected:
            await _write_rejects(work, tx, form)
        await commands_uploads.clear(tx, work.job_id, upload=True)
        result = _told(totals)
        await work.finish(tx, result)
    return result


async def _write_rejects(work: Work, tx: Tx, form: Form) -> None:
    """Nothing of it names anybody: line, field, code and reason, never what stood there."""
    heading = files.csv_line(_HEADER) if form is Form.CSV else b""
    name = f"rejects.{form.value}"
    expires = work.now + _KEPT
    about = {"personal": False, "expires_at": expires, "now": work.now, "heading": heading}
    await files.write(tx, work.job_id, name, _MEDIA[form], _lines(tx, work, form), **about)  # type: ignore[arg-type]


async def _lines(tx: Tx, work: Work, form: Form) -> AsyncIterator[bytes]:
    async for reject in commands_uploads.refused_rows(tx, work.job_id):
        if form is Form.CSV:
            yield files.csv_line(reject)
        else:
            yield orjson.dumps(reject._asdict(), option=orjson.OPT_APPEND_NEWLINE)


def _told(totals: Totals) -> dict[str, object]:
    told: dict[str, object] = asdict(totals)
    return told | {"rowsRejected": told.pop("rows_rejected")}

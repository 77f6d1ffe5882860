"""Files that people ask for: all that is known of a person, or the members of a segment."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from domain import files
from domain.access.principal import Principal
from domain.catalog import ENTITIES
from domain.clock import told
from domain.database import Tx
from domain.ids import Prefix, parse_id
from domain.query.asking import Keys, Occasion
from domain.query.fetch import Sight
from domain.query.run import run
from domain.segments.exports import queries
from domain.segments.exports.exporting import IDS, TYPES, Lines, exportables, outline
from domain.settings import Settings
from domain.vocabulary import ExportFormat, Role
from jobs import privacy
from jobs.work import Work

_AT_ONCE = 500
_MEDIA = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.NDJSON: "application/x-ndjson"}


async def export(work: Work) -> Mapping[str, object] | None:
    """What the arguments say: of a customer, or of a segment."""
    if "customer" in work.arguments:
        return await privacy.export_customer(work)
    given = _Given.of(work.arguments)
    while (result := await _export_segment(work, given)) is None:
        pass  # somebody in it was erased meanwhile: without them
    return result


@dataclass(frozen=True, slots=True)
class _Given:
    """What the job was asked for."""

    segment: UUID
    lines: Lines
    role: Role

    @staticmethod
    def of(arguments: Mapping[str, object]) -> "_Given":
        names = arguments["fields"]
        assert isinstance(names, list)
        known = exportables(ENTITIES)
        lines = Lines(ExportFormat(str(arguments["format"])), names, [known[name].kind for name in names])
        segment = parse_id(Prefix.SEGMENT, str(arguments["segment"]), "segment")
        return _Given(segment, lines, Role(str(arguments["role"])))


class _Erased(Exception):
    """Somebody whom the file names was erased since."""


async def _export_segment(work: Work, given: _Given) -> Mapping[str, object] | None:
    """One transaction reads at one moment, another writes the pieces and ends the job: killed, nothing of it is there.

    None: it has to be written anew.
    """
    try:
        async with work.transaction() as reading, work.transaction() as tx:
            return await _write(work, given, reading, tx)
    except _Erased:
        return None


async def _write(work: Work, given: _Given, reading: Tx, tx: Tx) -> Mapping[str, object]:
    seen = await queries.snapshot(reading, given.segment)
    zone = (await Settings.load(reading)).zone
    caller = Principal("export", given.role, reads_personal_data=True)
    occasion = Occasion(caller, seen.moment, zone, Keys(b"", b""))
    plan = outline(ENTITIES, given.lines.names, Sight(given.role, True), occasion)
    scribe = files.Scribe(tx, work.job_id, now=work.now, heading=given.lines.heading)
    async for customers in queries.members(reading, given.segment, _AT_ONCE):
        variables = {IDS: customers, TYPES: ["cus"] * len(customers)}
        text, rows = given.lines.written(await run(reading, plan.bind(variables, occasion)))
        names = customers + await queries.led_here(reading, customers)
        await scribe.add(text, rows=rows, names=names)
        of = max(seen.members, scribe.rows)
        await work.progress(scribe.rows / of if of else 0.0, f"{scribe.rows:,} of {of:,} customers")
    name = f"{seen.key}.{given.lines.format.lower()}"
    await scribe.close(name, _MEDIA[given.lines.format], personal=True, expires_at=work.now + privacy.KEPT)
    if await files.names_somebody_erased(tx, scribe.file_id, since=seen.moment):
        raise _Erased
    result = {"members": scribe.rows, "asOf": told(seen.moment)}
    await work.finish(tx, result)
    return result

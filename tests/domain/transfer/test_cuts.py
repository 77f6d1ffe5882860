"""Batches are cut as a file is read; whoever goes on after any of them reads the rest and nothing twice."""

import io
from itertools import combinations

import orjson
import pytest

from domain.database import Database
from domain.settings import Settings
from domain.transfer import Form, Kind
from domain.transfer.cuts import Cut, Cutter, Part
from domain.transfer.reading import Source
from domain.transfer.stage import Ground
from domain.transfer.uploads import Resume
from domain.transfer.windows import number_of, parts_of, resumed, window_of
from tests.support.importing import CLAIMS, NOW
from tests.support.uploads import touch

ROWS = 95
HEAD = "source,externalId,occurredAt,channel,kind,customer,subject\n"


def ndjson() -> bytes:
    """A bad row in every ten, and empty lines."""
    rows = [touch(at, person=at % 31, kind="DANCE" if at % 10 == 3 else "VISIT") for at in range(ROWS)]
    return b"\n\n".join(map(orjson.dumps, rows))


def csv() -> bytes:
    """Rows of two lines each."""
    line = 'shop,t{0},2025-05-05T12:00:00Z,WEB,{1},{2},"over two\nlines"\n'
    return (
        HEAD + "".join(line.format(at, "DANCE" if at % 10 == 3 else "VISIT", at % 31) for at in range(ROWS))
    ).encode()


@pytest.fixture
async def ground(db: Database) -> Ground:
    async with db.connection() as tx:
        return Ground(CLAIMS, await Settings.load(tx), NOW)


def people() -> bytes:
    """A bad row in every ten."""
    rows: list[dict[str, object]] = [
        {"source": "web", "identities": [{"kind": "EXTERNAL_ID", "value": f"p{at}"}]} for at in range(ROWS)
    ]
    for at in range(3, ROWS, 10):
        rows[at]["kind"] = "DANCE"
    return b"\n".join(map(orjson.dumps, rows))


def _line_of(packed: bytes) -> int:
    """The first value of a row in COPY's binary form."""
    return int.from_bytes(packed[6:14])


def read(
    ground: Ground, data: bytes, resume: Resume, kind: Kind = Kind.TOUCHPOINTS
) -> tuple[dict[int, set[object]], list[Cut], set[int]]:
    """Staged lines by batch, the cuts, and the lines that were refused."""
    batches: dict[int, set[object]] = {}
    cuts, refused = [], set()
    cutter = Cutter(kind, ground, Source(io.BytesIO(data)), resume)
    for item in cutter.parts():
        if isinstance(item, Part):
            rows = {row[0] for row in item.tables.get(cutter.way.table, ())} | set(map(_line_of, item.packed))
            assert not rows & batches.setdefault(item.number, set())
            batches[item.number] |= rows
            refused |= {reject.line for reject in item.rejects}
        else:
            cuts += item
    return batches, cuts, refused


@pytest.mark.parametrize("at_once", [1, 7, 4_000])
def test_whoever_goes_on_reads_the_rest(ground: Ground, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr("domain.transfer.stage.BATCH_ROWS", 20)
    monkeypatch.setattr("domain.transfer.cuts.ROWS_AT_ONCE", at_once)
    batches, cuts, refused = read(ground, people(), Resume(0, 0), Kind.CUSTOMERS)
    assert [cut.number for cut in cuts] == [0, 1, 2, 3, 4]
    assert sum(cut.told.rows for cut in cuts) == ROWS
    assert sum(cut.told.rejected for cut in cuts) == len(refused) == 10
    assert [len(rows) for rows in batches.values()] == [20, 20, 20, 20, 5]
    for cut in cuts:
        resume = resumed({one.number: one.next_line for one in cuts if one.number <= cut.number})
        rest, told, again = read(ground, people(), resume, Kind.CUSTOMERS)
        left = [one for one in batches if one > cut.number]
        assert {number: rows for number, rows in rest.items() if rows} == {one: batches[one] for one in left}
        assert again == {line for line in refused if line >= cut.next_line}
        assert sum(one.told.rows for one in told) == sum(one.told.rows for one in cuts if one.number > cut.number)


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("at_once", [1, 7, 4_000])
def test_whoever_goes_on_reads_the_windows_that_are_left(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, form: Form, at_once: int
) -> None:
    """Whichever parts of a window are done."""
    monkeypatch.setattr("domain.transfer.windows.BATCH_ROWS", 10)
    monkeypatch.setattr("domain.transfer.cuts.ROWS_AT_ONCE", at_once)
    data = ndjson() if form is Form.NDJSON else csv()
    batches, cuts, refused = read(ground, data, Resume(0, 0))
    numbers = [number_of(window, part) for window in range(4) for part in range(parts_of(window))]
    assert [cut.number for cut in cuts] == numbers
    assert set(batches) <= set(numbers)
    assert sum(map(len, batches.values())) == ROWS - 10
    assert sum(cut.told.rows for cut in cuts) == ROWS
    assert sum(cut.told.rejected for cut in cuts) == len(refused) == 10
    for window in range(1, 4):
        own = [cut for cut in cuts if window_of(cut.number) == window]
        for done in combinations(own, 1 + window % 2):
            before = [cut for cut in cuts if window_of(cut.number) < window]
            resume = resumed({cut.number: cut.next_line for cut in (*before, *done)})
            rest, told, again = read(ground, data, resume)
            left = [cut for cut in cuts if cut not in before and cut not in done]
            assert rest == {cut.number: batches[cut.number] for cut in left if cut.number in batches}
            assert [(cut.number, cut.next_line, cut.told.rows, cut.told.reasons) for cut in told] == [
                (cut.number, cut.next_line, cut.told.rows, cut.told.reasons) for cut in left
            ]
            first = own[0] in done
            begin = own[0].next_line if first else before[-1].next_line
            assert again == {line for line in refused if line >= begin}

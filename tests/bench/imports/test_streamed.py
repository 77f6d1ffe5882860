"""The bench of a streamed import measures what it says, at a size that takes seconds."""

from pathlib import Path

import pytest

from tests.bench.ground import valkey
from tests.bench.imports.ground import servers
from tests.bench.imports.streamed import measure


@pytest.mark.proof
async def test_the_floor_takes_in_what_the_import_made(tmp_path: Path) -> None:
    async with servers() as (ours, floor), valkey() as redis:
        found = await measure(tmp_path, ours, floor, redis, rows=2_000, rounds=1)
    assert len(found.ours) == len(found.floor) == 1
    assert 0 < found.ratio < found.ratio_with_months

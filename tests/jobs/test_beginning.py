"""The calculating process begins while the first customers of a large batch are summarised, and for no small one."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import pytest

from domain.database import Database, Tx
from domain.deployment import Deployment, Secret
from domain.ids import new_ids
from jobs import analytics
from jobs.cpu import Calculator
from jobs.rounds import FEW, Round

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
T = TypeVar("T")


class Slow(Calculator):
    """Tells what it was asked, and never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.called_off = list[str](), 0

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        self.asked.append(function.__name__)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.called_off += 1
            raise
        return function(*arguments)


@pytest.mark.parametrize(("many", "asked"), [(FEW + 1, ["ready"]), (FEW, [])])
async def test_it_is_asked_before_there_is_anything_for_it_and_called_off_where_there_will_be_nothing(
    db: Database, many: int, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calculator = Slow()
    seen = list[str]()

    async def summarise(tx: Tx, customers: Sequence[UUID], *, now: datetime) -> None:
        await asyncio.sleep(0)
        seen.extend(calculator.asked)
        raise LookupError

    monkeypatch.setattr(analytics, "summarise", summarise)
    round_ = Round(db, Deployment(db.url, "redis://nowhere", Secret(bytes(32))), NOW, calculator)
    async with db.transaction() as tx:
        with pytest.raises(LookupError):
            await analytics.changed_customers(round_, tx, dict.fromkeys(new_ids(NOW, many), 1))
        await asyncio.sleep(0)
    assert seen == asked
    assert calculator.called_off == len(asked)

"""Touchpoints as NDJSON on disk, in the order of their time, and the people that they are about.

Whose they are, when, and what they cost is as in the population of the read mix: at scale 1 two millions of 100,000
customers in two years, a few of whom have very many.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from tests.bench.population import SEED, TOUCHPOINTS, Facts, facts
from tests.bench.rows import CHANNELS

_KINDS = ("VISIT", "VIEW", "OPEN", "CALL", "MESSAGE", "DELIVERY")


def make(count: int) -> Facts:
    return facts(count / TOUCHPOINTS)


def people(made: Facts) -> bytes:
    return b"\n".join(orjson.dumps({"source": "web", "identities": [_identity(n)]}) for n in range(made.customers))


def write(file: Path, made: Facts) -> None:
    with file.open("wb") as out:
        out.writelines(_lines(made))


def _lines(made: Facts) -> Iterator[bytes]:
    rng = np.random.default_rng((SEED, 12))
    kinds, channels, matters = (rng.integers(0, most, made.touch_time.size).tolist() for most in (6, 6, 100_000))
    columns = (made.touch_customer.tolist(), made.touch_time.tolist(), made.touch_cost.tolist())
    for number, (owner, time, cost) in enumerate(zip(*columns, strict=True)):
        told = {
            "source": "web",
            "externalId": f"touch {number}",
            "occurredAt": datetime.fromtimestamp(time / 1_000_000, UTC).isoformat(),
            "channel": CHANNELS[channels[number]],
            "kind": _KINDS[kinds[number]],
            "customer": {"identity": _identity(owner)},
            "subject": f"About matter {matters[number]}",
            "cost": f"{cost / 100:.2f}",
        }
        yield orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _identity(number: int) -> dict[str, str]:
    return {"kind": "EXTERNAL_ID", "value": f"person {number}", "source": "web"}

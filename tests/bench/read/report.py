"""From runs to ratios: the median over the rounds of ours against another in the same round."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import Any, TypeAlias

from tests.bench.read.load import Figures

EACH_OF_FLOOR, ALL_OF_FLOOR, ALL_OF_PEER = 0.6, 0.75, 2.5
"""What must-show 4 asks of each question and of their geometric mean."""


@dataclass(frozen=True, slots=True)
class Run:
    """One server under load for one round."""

    figures: Figures
    server_seconds: float
    postgres_seconds: float


Told: TypeAlias = dict[str, dict[str, list[Run]]]
"""Runs by question and server, in the order of the rounds."""


def _server(runs: list[Run]) -> dict[str, float]:
    waits = sorted(wait for run in runs for wait in run.figures.waits)
    answered = sum(run.figures.answered for run in runs)
    return {
        "requestsPerSecond": round(median(run.figures.rate for run in runs), 1),
        "medianMilliseconds": round(median(waits) * 1000, 2),
        "p99Milliseconds": round(waits[int(len(waits) * 0.99)] * 1000, 2),
        "serverCpuMilliseconds": round(sum(run.server_seconds for run in runs) / answered * 1000, 3),
        "postgresCpuMilliseconds": round(sum(run.postgres_seconds for run in runs) / answered * 1000, 3),
        "answerBytes": round(sum(run.figures.octets for run in runs) / answered),
        "loadGeneratorBusy": round(median(run.figures.spent / run.figures.seconds for run in runs), 2),
    }


def _against(ours: list[Run], other: list[Run]) -> float:
    return median(one.figures.rate / two.figures.rate for one, two in zip(ours, other, strict=True))


def told(runs: Told) -> dict[str, Any]:
    """Ratios by question, their geometric means, and what they come from."""
    questions: dict[str, Any] = {}
    for name, by_server in runs.items():
        others = [server for server in by_server if server != "ours"]
        ratios = {other: round(_against(by_server["ours"], by_server[other]), 3) for other in others}
        questions[name] = {"ratios": ratios, "servers": {server: _server(given) for server, given in by_server.items()}}
    others = list(next(iter(questions.values()))["ratios"])
    means = {other: round(geometric_mean(one["ratios"][other] for one in questions.values()), 3) for other in others}
    return {"geometricMeans": means, "questions": questions}


def missed(said: dict[str, Any]) -> list[str]:
    """What is not reached, in words."""
    short = [
        f"{name} is {one['ratios']['floor']} of the floor (at least {EACH_OF_FLOOR})"
        for name, one in said["questions"].items()
        if one["ratios"]["floor"] < EACH_OF_FLOOR
    ]
    means = said["geometricMeans"]
    if means["floor"] < ALL_OF_FLOOR:
        short.append(f"the mean is {means['floor']} of the floor (at least {ALL_OF_FLOOR})")
    if means.get("peer", ALL_OF_PEER) < ALL_OF_PEER:
        short.append(f"the mean is {means['peer']} of PostGraphile (at least {ALL_OF_PEER})")
    return short


def table(said: dict[str, Any]) -> str:
    """Markdown for people."""
    lines = [
        "# Read mix: requests a second, ours against others on the same Postgres",
        "",
        "100k customers, 500k orders, 2M touchpoints at scale 1; one process each, 32 clients, interleaved; answers",
        "compared first. CPU is milliseconds a request: the server's process / its Postgres backends.",
        "",
        "| question | of the floor | times PostGraphile | CPU ours | CPU floor | CPU PostGraphile | answer |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in said["questions"].items():
        cells = [str(one["ratios"].get(other, "–")) for other in ("floor", "peer")]
        for server in ("ours", "floor", "peer"):
            given = one["servers"].get(server)
            cells.append(f"{given['serverCpuMilliseconds']} / {given['postgresCpuMilliseconds']}" if given else "–")
        lines.append(f"| {name} | {' | '.join(cells)} | {one['servers']['ours']['answerBytes']} bytes |")
    means = said["geometricMeans"]
    lines.append(f"| **geometric mean** | **{means['floor']}** | **{means.get('peer', '–')}** | | | | |")
    return "\n".join(lines)

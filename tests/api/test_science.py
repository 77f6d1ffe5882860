"""The published figures end to end: CDNOW comes in as an import, jobs fit and score it, GraphQL tells the outcome."""

from datetime import date
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from domain.analytics.models import families
from domain.analytics.models.bg_nbd_forecast import Horizon
from domain.vocabulary import JobKind, JobStatus, ValueModelFamily
from tests.support import cdnow
from tests.support.uploads import Hand, asked

pytestmark = [pytest.mark.proof, pytest.mark.shared]

START = """mutation ($kind: JobKind!, $arguments: JSON!) {
  jobStart(kind: $kind, arguments: $arguments) { job { id } errors { code message } } }"""
SETTINGS = "mutation { settingsUpdate(input: { horizonMonths: 9, discountRate: 0 }) { errors { message } } }"
MODEL = """id family parameters customers logLikelihood calibratedUntil inUse warnings
  holdout { from until meanAbsoluteError poissonDeviance areaUnderCurve intervalCoverage correlation totalError }"""
MODELS = f"{{ valueModels {{ {MODEL} }} }}"
ONE = "query ($id: ID!) { node(id: $id) { ... on ValueModel { id family inUse logLikelihood } } }"
CUSTOMER = f"""query ($value: String!) {{ customerByIdentity(kind: EXTERNAL_ID, value: $value, source: "cdnow") {{
  lifetimeValue {{ expectedPurchases probabilityAlive horizonMonths asOf predicted interval {{ low high }}
    model {{ {MODEL} }} }}
  churnRisk {{ probability band reasons {{ effect }} }} scoreAbsences {{ score reason }} }} }}"""

LETTERS = {
    "BG_NBD": (("r", "alpha", "a", "b"), 6, "0.242595 4.413602 0.792922 2.425907", "-9582.4"),
    "PARETO_NBD": (("r", "alpha", "s", "beta"), 6, "0.553277 10.577683 0.606240 11.668735", "-9595.0"),
    "MBG_NBD": (("r", "alpha", "a", "b"), 3, "0.525 6.183 0.891 1.614", "-9582.1"),
    "GAMMA_GAMMA": (("p", "q", "gamma"), 2, "6.25 3.74 15.44", None),
}
"""CDNOW, after Fader, Hardie & Lee (2005a), Fader & Hardie (2005, 2013) and Batislam et al. (2007)."""


async def carried_out(client: httpx.AsyncClient, worker: Hand, kind: JobKind, **arguments: str) -> dict[str, Any]:
    told = (await asked(client, START, kind=kind, arguments=arguments))["jobStart"]
    assert told["errors"] == []
    while not (view := await worker.look(told["job"]["id"])).finished:
        assert view.error is None
        await worker.carry_out(kind)  # what the settings have started comes first
    assert view.status is JobStatus.SUCCEEDED, view.error
    assert view.result is not None
    return dict(view.result)


async def customers(client: httpx.AsyncClient, *names: str) -> list[dict[str, Any]]:
    return [(await asked(client, CUSTOMER, value=name))["customerByIdentity"] for name in names]


@pytest.fixture
async def imported(client: httpx.AsyncClient, worker: Hand, shared_data: Path) -> dict[str, tuple[int, int, int]]:
    """The customers' x, t_x and T in days on the last day of the calibration, by the name they have in the file."""
    await worker.import_(client, "products", cdnow.products())
    view = await worker.import_(client, "orders", cdnow.orders(shared_data))
    assert view.result is not None
    assert view.result["created"] == cdnow.LINES
    days: dict[str, set[date]] = {}
    for line in (shared_data / "cdnow_sample.txt").read_text().splitlines():
        master, _, day, *_ = line.split()
        days.setdefault(master, set()).add(date.fromisoformat(day))
    until = date(1997, 9, 30)
    known = {name: sorted(day for day in bought if day <= until) for name, bought in days.items()}
    return {name: (len(of) - 1, (of[-1] - of[0]).days, (until - of[0]).days) for name, of in known.items()}


async def test_the_published_figures_through_import_jobs_and_graphql(
    client: httpx.AsyncClient, worker: Hand, imported: dict[str, tuple[int, int, int]]
) -> None:
    fitting = {"calibratedUntil": "1997-09-30", "family": "BG_NBD"}
    result = await carried_out(client, worker, JobKind.FIT_VALUE_MODEL, **fitting)
    told = {model["family"]: model for model in (await asked(client, MODELS))["valueModels"]}
    assert set(told) == set(LETTERS)
    assert result["models"] == [told[family]["id"] for family in ("BG_NBD", "MBG_NBD", "PARETO_NBD", "GAMMA_GAMMA")]
    for family, (names, digits, figures, likelihood) in LETTERS.items():
        model = told[family]
        assert " ".join(f"{model['parameters'][name]:.{digits}f}" for name in names) == figures
        assert model["customers"] == (946 if family == "GAMMA_GAMMA" else 2357)
        assert likelihood is None or f"{model['logLikelihood']:.1f}" == likelihood
        assert model["calibratedUntil"] == "1997-10-01T00:00:00+00:00"
        assert model["inUse"] == (family in ("BG_NBD", "GAMMA_GAMMA"))
        assert model["warnings"] == []
    holdout = told["PARETO_NBD"]["holdout"]
    assert (holdout["from"], holdout["until"]) == ("1997-10-01T00:00:00+00:00", "1998-07-01T00:00:00+00:00")
    judged = [holdout[name] for name in ("meanAbsoluteError", "poissonDeviance", "areaUnderCurve")]
    assert [f"{figure:.3f}" for figure in judged] == ["0.755", "1.594", "0.779"]  # .7545, 1.594, .779
    single(told["BG_NBD"], (2, 30.43, 38.86), 39, "1.226")
    single(told["PARETO_NBD"], (26, 30.86, 31), 52, "25.46")

    assert (await asked(client, SETTINGS))["settingsUpdate"]["errors"] == []
    await carried_out(client, worker, JobKind.SCORE_CUSTOMERS, asOf="1997-09-30T23:59:59Z")
    few = [next(name for name, (x, *_) in imported.items() if x == count) for count in (0, 1, 2, 5, 11)]
    paper = next(name for name, history in imported.items() if history == (2, 213, 272))  # t_x 30.43, T 38.86
    for name, customer in zip([paper, *few], await customers(client, paper, *few), strict=True):
        value = customer["lifetimeValue"]
        assert value["model"] == told["BG_NBD"]
        assert value["asOf"] == "1997-09-30T23:59:59+00:00"
        foretold = forecast(told["BG_NBD"], *imported[name], weeks=9 * 30.4375 / 7)
        assert value["expectedPurchases"] == pytest.approx(foretold.purchases[0], rel=1e-9)
        assert value["probabilityAlive"] == pytest.approx(foretold.alive[0], rel=1e-9)
        reasons = sum(reason["effect"] for reason in customer["churnRisk"]["reasons"])
        assert reasons == pytest.approx(customer["churnRisk"]["probability"], abs=1e-6)


def forecast(model: dict[str, Any], x: float, t_x: float, T: float, *, weeks: float, days: float = 7) -> Any:
    """By the letters that the API told."""
    family = families.model(ValueModelFamily(model["family"]), model["parameters"])
    return family.forecast(np.array([float(x)]), np.array([t_x / days]), np.array([T / days]), Horizon(weeks))


def single(model: dict[str, Any], history: tuple[float, float, float], weeks: float, expected: str) -> None:
    digits = len(expected.split(".")[1])
    assert f"{forecast(model, *history, weeks=weeks, days=1).purchases[0]:.{digits}f}" == expected


async def test_the_family_that_the_back_test_chooses_serves_with_what_corrects_it(
    client: httpx.AsyncClient, worker: Hand, imported: dict[str, tuple[int, int, int]]
) -> None:
    await carried_out(client, worker, JobKind.FIT_VALUE_MODEL, calibratedUntil="1997-09-30")
    await carried_out(client, worker, JobKind.SCORE_CUSTOMERS, asOf="1997-09-30T23:59:59Z")
    names = [next(name for name, (x, *_) in imported.items() if x == count) for count in (0, 1, 3, 8)]
    moved = []
    for name, customer in zip(names, await customers(client, *names), strict=True):
        value = customer["lifetimeValue"]
        family = forecast(value["model"], *imported[name], weeks=12 * 30.4375 / 7)
        soon = forecast(value["model"], *imported[name], weeks=90 / 7).purchases[0]
        more = value["expectedPurchases"] - family.purchases[0]
        moved.append(more / soon)
        assert value["probabilityAlive"] == pytest.approx(family.alive[0], rel=1e-9)
        assert float(value["interval"]["low"]) <= float(value["predicted"]) <= float(value["interval"]["high"])
    assert value["model"]["inUse"]
    assert ["factor of" in warning for warning in value["model"]["warnings"]] == [True]
    assert value["model"]["holdout"]["poissonDeviance"] < 1.575
    assert max(map(abs, moved)) > 0.02
    assert min(moved) > -0.9


@pytest.mark.parametrize("family", ["MBG_NBD", "PARETO_NBD"])
async def test_any_family_serves_and_older_models_stay_answerable(
    client: httpx.AsyncClient, worker: Hand, imported: dict[str, tuple[int, int, int]], family: str
) -> None:
    until = {"calibratedUntil": "1997-09-30"}
    first = await carried_out(client, worker, JobKind.FIT_VALUE_MODEL, **until, family="BG_NBD")
    await carried_out(client, worker, JobKind.FIT_VALUE_MODEL, **until, family=family)
    await carried_out(client, worker, JobKind.SCORE_CUSTOMERS, asOf="1997-09-30T23:59:59Z")
    names = [next(name for name, (x, *_) in imported.items() if x == count) for count in (0, 1, 3, 8)]
    for name, customer in zip(names, await customers(client, *names), strict=True):
        value = customer["lifetimeValue"]
        assert value["model"]["family"] == family
        foretold = forecast(value["model"], *imported[name], weeks=12 * 30.4375 / 7)
        assert value["expectedPurchases"] == pytest.approx(foretold.purchases[0], rel=1e-9)
        assert float(value["interval"]["low"]) <= float(value["predicted"]) <= float(value["interval"]["high"])
        assert customer["scoreAbsences"] == []
    older = (await asked(client, ONE, id=first["models"][0]))["node"]
    assert (older["family"], older["inUse"], f"{older['logLikelihood']:.1f}") == ("BG_NBD", False, "-9582.4")

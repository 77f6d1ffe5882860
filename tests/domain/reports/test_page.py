"""The page of portraits made by hand: every section, what cannot be shown yet in words, and nothing that runs."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from domain.reports import MARK, Portrait, held_against, page, sections_behaviour, sections_model, sections_value
from domain.reports.facts import Absent, CohortMonth, Decile, Earned, RfmCell, RiskCell, Stage, StoredModel
from domain.vocabulary import Channel, LifecycleStage, RiskBand, ValueModelFamily, ValueTier
from tests.domain.reports.reading import Page
from tests.domain.reports.test_tracking import lived

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
EMPTY = Portrait(AS_OF, "EUR", "UTC", AS_OF.date(), 0, None, (), None, (), (), (), (), (), (), ())
TEST: dict[str, object] = {
    "from": "2026-03-01T00:00:00+00:00", "until": "2026-06-30T12:00:00+00:00", "poissonDeviance": 1.5701,
    "meanAbsoluteError": 0.7545, "rootMeanSquareError": 1.603, "totalError": -0.115, "areaUnderCurve": 0.779,
    "correlation": None, "intervalCoverage": 0.943,
}  # fmt: skip


def model(family: ValueModelFamily, *, in_use: bool, warnings: tuple[str, ...] = ()) -> StoredModel:
    parameters: dict[str, object] = {"r": 0.25, "alpha": 4.5}
    tested = None if family is ValueModelFamily.GAMMA_GAMMA else TEST
    return StoredModel(family, parameters, 1_234, -9_582.4, AS_OF, AS_OF, in_use, warnings, tested, tested, False)


def earned(channel: Channel, category: str, revenue: int, cost: int = 4, contact: int = 1) -> Earned:
    return Earned(channel, category, 2, 2, Decimal(revenue), Decimal(cost), Decimal(contact), Decimal(3))


@pytest.fixture(scope="module")
def full() -> Portrait:
    months = [*(date(2025, month, 1) for month in range(1, 13)), date(2026, 5, 1), date(2026, 6, 1)]
    quintiles = range(1, 6)
    return replace(
        EMPTY,
        customers=5_000,
        scored=AS_OF,
        models=(
            model(ValueModelFamily.PARETO_NBD, in_use=True, warnings=("Look <out>.",)),
            model(ValueModelFamily.BG_NBD, in_use=False, warnings=("Degenerate: a is at 0.",)),
            model(ValueModelFamily.GAMMA_GAMMA, in_use=True),
        ),
        purchases=lived(people=600)[0],
        cohorts=tuple(CohortMonth(a, b, 100 if a == b else 30) for a in months for b in months if a <= b),
        earned=(earned(Channel.WEB, "", -40), earned(Channel.PHONE, 'T<o>ys & "fun" $x$', 90)),
        deciles=tuple(Decile(n, 500, Decimal(1000 - 110 * n), *[Decimal(n)] * 4) for n in range(1, 11)),
        rfm=tuple(RfmCell(r, f, m, 3, Decimal(r + f + m - 7)) for r, f, m in product(quintiles, quintiles, quintiles)),
        risks=tuple(RiskCell(b, t, 7, Decimal(10), Decimal(4)) for b in RiskBand for t in ValueTier),
        stages=tuple(Stage(one, 10, Decimal(-5), None, None) for one in LifecycleStage),
        absences=(Absent("LIFETIME_VALUE", "NO_CONSENT_TO_PROFILING", 12),),
    )


@pytest.fixture(scope="module")
def text(full: Portrait) -> str:
    return page(full, held_against(full))


@pytest.fixture
def read(text: str) -> Page:
    return Page(text)


def test_every_section_has_its_pictures_each_beside_a_table(read: Page) -> None:
    assert {place: section.titles for place, section in read.sections.items()} == {
        "value": ["Value by tenth", "How concentrated value is", "Risk × value"],
        "behaviour": [
            "Life-cycle stages", "Recency × frequency", "Mean profit of a customer, EUR", "Who comes back",
        ],
        "earnings": ["By channel", "By category"],
        "model": ["Calibration by frequency", "Holdout by frequency", "Week by week", "Week by week, summed"],
    }  # fmt: skip
    for section in read.sections.values():
        assert len(section.pictures) == len(section.captions) == len(section.titles)
        assert all(len(words) > 20 for words in (*section.pictures, *section.captions))
        assert len(section.tables) >= len(section.titles)
        assert all(len(rows) > 1 and {len(row) for row in rows} == {len(rows[0])} for rows in section.tables)


def test_figures_can_be_read_beside_the_pictures(read: Page) -> None:
    deciles = read.sections["value"].tables[0]
    assert deciles[0][:4] == ["tenth", "customers", "value, EUR", "share"]
    assert deciles[1][:4] == ["1", "500", "890.00", f"{890 / 3950:.1%}".replace("%", " %")]
    assert deciles[10][2:4] == ["−100.00", "−2.5 %"]
    told = {row[0]: row[1] for row in read.sections["model"].tables[4][1:]}
    assert (told["family"], told["Poisson deviance (less is better)"], told["correlation"]) == (
        "Pareto/NBD", "1.5701", "–",
    )  # fmt: skip
    assert told["total error, (foretold − actual) / actual"] == "−11.5 %"
    assert told["judged by the purchases from, until"] == "2026-03-01 to 2026-06-30"
    families = read.sections["model"].tables[5]
    assert [row[:2] for row in families[1:]] == [["BG/NBD", "degenerate"], ["Pareto/NBD", "in use"]]
    assert "Note: Look <out>." in read.sections["model"].missing
    assert read.sections["value"].tables[3][1] == ["Lifetime value", "No consent to profiling", "12"]
    retention = read.sections["behaviour"].tables[3]
    assert retention[1][:4] == ["2025-01", "100", "30 %", "30 %"]
    assert retention[12][:3] == ["2025-12", "100", "0 %"]
    assert [row[0] for row in retention[12:]] == ["2025-12"]  # May's month after is not over, June itself is not


def test_losses_are_told_as_losses(read: Page) -> None:
    channels = {row[0]: row for row in read.sections["earnings"].tables[0][1:]}
    assert (channels["Web"][5], channels["Phone"][5]) == ("−45.00", "85.00")
    assert channels["Web"][6] == "–"
    categories = [row[0] for row in read.sections["earnings"].tables[1][1:]]
    assert categories == ['T<o>ys & "fun" $x$', "Of no category"]


def test_nothing_runs_and_nothing_is_fetched(text: str, read: Page) -> None:
    assert text.startswith("<!doctype html>")
    assert MARK in text[:1_000]
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base", "foreignobject"} & set(read.tags)
    assert not [name for name in read.attributes if name.startswith(("on", "xmlns"))]
    assert read.addresses
    assert all(address.startswith("#") for address in read.addresses)
    assert "://" not in text
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src 'none'" in text


def test_what_is_pointed_at_is_there_and_once(text: str, read: Page) -> None:
    assert len(read.ids) == len(set(read.ids))
    pointed = {address[1:] for address in read.addresses} | set(re.findall(r"url\(#([^)]*)\)", text))
    assert pointed <= set(read.ids)


def test_pictures_are_whole_and_wear_the_page_s_colours(text: str) -> None:
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(pictures) == 13
    for picture in pictures:
        assert ElementTree.fromstring(picture).get("viewBox")
        assert not re.search(r"#[0-9a-f]{6}\b", re.sub(r'(href="|url\()#[^")]*', "", picture))
        assert "font-family" not in picture
    assert any("T<o>ys" in "".join(ElementTree.fromstring(picture).itertext()) for picture in pictures)
    variables = set(re.findall(r"var\(--(\w+)\)", "".join(pictures)))
    style = text[text.index("<style>") : text.index("</style>")]
    assert variables >= {"ink", "soft", "seen", "expected", "heat", "loss"}
    assert all(style.count(f"--{name}:") == 2 for name in variables)  # by day and by night


@pytest.fixture
def settled_otherwise() -> Iterator[None]:
    """A machine on which somebody likes other pictures."""
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9, "axes.grid": True}):
        yield


@pytest.mark.proof
def test_the_same_portrait_makes_the_same_page(full: Portrait, text: str, settled_otherwise: None) -> None:
    assert page(full, held_against(full)) == text


def test_an_empty_organization_is_told_in_words_what_is_missing() -> None:
    read = Page(page(EMPTY, held_against(EMPTY)))
    assert "svg" not in read.tags
    assert {place: len(section.missing) for place, section in read.sections.items()} == {
        "value": 1, "behaviour": 2, "earnings": 1, "model": 1,
    }  # fmt: skip
    assert "no purchase yet" in read.sections["model"].missing[0]
    assert "SCORE_CUSTOMERS" in read.sections["value"].missing[0]
    assert "There are no scores yet." in read.words


def test_without_a_model_the_page_says_why(full: Portrait) -> None:
    unfitted = replace(full, models=(), purchases=None, deciles=(), risks=())
    assert "FIT_VALUE_MODEL" in sections_model.model(unfitted, None).missing[0]
    assert [*map(len, value_of(unfitted))] == [0, 2]
    degenerate = model(ValueModelFamily.BG_NBD, in_use=False, warnings=("Degenerate: a is at 0.",))
    told = sections_model.model(replace(full, models=(degenerate,), purchases=None), None)
    assert told.missing[1] == "BG/NBD: Degenerate: a is at 0."
    assert (told.exhibits, told.tables) == ((), ())


def value_of(portrait: Portrait) -> tuple[list[str], tuple[str, ...]]:
    """The titles of what is shown of value, and what is missing."""
    section = sections_value.value(portrait)
    return [exhibit.title for exhibit in section.exhibits], section.missing


def test_too_few_at_the_cut_leave_the_figures_without_their_pictures(full: Portrait) -> None:
    assert full.purchases is not None
    few = replace(full, purchases=replace(full.purchases, n=full.purchases.n * (full.purchases.x == 0)))
    told = sections_model.model(few, held_against(few))
    assert (told.exhibits, len(told.tables)) == ((), 2)
    assert "too few customers" in told.missing[0]


def test_worthless_customers_share_nothing(full: Portrait) -> None:
    poor = replace(full, deciles=tuple(row._replace(value=Decimal(-1)) for row in full.deciles))
    titles, missing = value_of(poor)
    assert titles == ["Risk × value"]
    assert "worth nothing" in missing[0]


def test_the_month_at_hand_is_no_whole_month(full: Portrait) -> None:
    young = replace(full, rfm=(), cohorts=(CohortMonth(date(2026, 6, 1), date(2026, 6, 1), 50),))
    told = sections_behaviour.behaviour(young)
    assert [exhibit.title for exhibit in told.exhibits] == ["Life-cycle stages"]
    assert "more than a whole month ago" in told.missing[-1]
    month_old = replace(young, today=date(2026, 7, 31))
    assert sections_behaviour.behaviour(month_old).missing == told.missing
    older = sections_behaviour.behaviour(replace(young, today=date(2026, 8, 1)))
    assert older.exhibits[-1].table.rows == (("2026-06", "50", "0 %"),)

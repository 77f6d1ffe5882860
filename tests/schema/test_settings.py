"""Settings over GraphQL: read by staff, changed by admins, followed by the jobs that they need and no others."""

from typing import Any

import orjson
import pytest

from domain.access.principal import OPERATOR, Principal
from domain.database import Database
from domain.ledger import timetable
from domain.vocabulary import Role
from tests.schema.world import ask

ALL = """{ settings { baseCurrency timeZone horizonMonths churnHorizonDays discountRate assumedMargin globalHoldoutShare
  frequencyCap { contacts per } quietHours { from until } rateCard { channel kind cost } } }"""
CHANGE = """mutation Change($input: SettingsInput!) { settingsUpdate(input: $input) {
  settings { baseCurrency timeZone quietHours { until } frequencyCap { per } rateCard { kind c: cost } }
  errors { code path message } } }"""


async def settings(db: Database) -> Any:
    return orjson.loads((await ask(db, Principal("reader", Role.ANALYST), ALL)).body)["data"]["settings"]


async def change(db: Database, **given: object) -> Any:
    answer = await ask(db, OPERATOR, CHANGE, {"input": given})
    assert answer.code is None, answer.body
    return orjson.loads(answer.body)["data"]["settingsUpdate"]


async def jobs(db: Database) -> list[tuple[str, Any]]:
    async with db.connection() as connection:
        return [(row[0], row[1]) for row in await connection.fetch("SELECT kind, arguments FROM job ORDER BY kind")]


async def test_the_first_settings_are_those_of_the_house(db: Database) -> None:
    assert await settings(db) == {
        "baseCurrency": "USD", "timeZone": "UTC", "horizonMonths": 12, "churnHorizonDays": 180, "discountRate": 0.1,
        "assumedMargin": 0.3, "globalHoldoutShare": 0, "frequencyCap": None, "quietHours": None, "rateCard": [],
    }  # fmt: skip
    refused = await ask(db, Principal("till", Role.PARTNER, source="till"), ALL)
    assert refused.code == "NOT_ALLOWED"


async def test_what_is_left_out_stays_and_null_empties(db: Database) -> None:
    card = [{"channel": "PHONE", "kind": "CALL", "cost": "4.50"}, {"channel": "PHONE", "cost": "1"}]
    changed = await change(
        db, quietHours={"from": "21:00", "until": "08:00"}, frequencyCap={"contacts": 2, "per": "P1W"}, rateCard=card
    )
    assert changed == {
        "settings": {
            "baseCurrency": "USD", "timeZone": "UTC", "quietHours": {"until": "08:00"}, "frequencyCap": {"per": "P7D"},
            "rateCard": [{"kind": None, "c": "1.00"}, {"kind": "CALL", "c": "4.50"}],
        },
        "errors": [],
    }  # fmt: skip
    await change(db, globalHoldoutShare=0.1, quietHours=None)
    told = await settings(db)
    assert (told["quietHours"], told["globalHoldoutShare"]) == (None, 0.1)
    assert told["frequencyCap"] == {"contacts": 2, "per": "P7D"}
    assert len(told["rateCard"]) == 2
    assert (await change(db, rateCard=None, frequencyCap=None))["settings"]["rateCard"] == []
    assert (await settings(db))["frequencyCap"] is None


async def test_what_is_refused_leaves_no_trace(db: Database) -> None:
    before = await settings(db)
    refused = await change(db, timeZone="Berlin", horizonMonths=6, rateCard=[{"channel": "WEB", "cost": "-1"}])
    assert refused["settings"] is None
    assert sorted((fault["code"], fault["path"]) for fault in refused["errors"]) == [
        ("INVALID", ["input", "timeZone"]),
        ("OUT_OF_RANGE", ["input", "rateCard", "0", "cost"]),
    ]
    assert await settings(db) == before
    assert await jobs(db) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"horizonMonths": 12, "timeZone": "UTC", "rateCard": []}, []),
        ({"quietHours": {"from": "21:00", "until": "08:00"}, "globalHoldoutShare": 0.2}, []),
        ({"discountRate": 0.2}, [("SCORE_CUSTOMERS", {})]),
        ({"churnHorizonDays": 90, "discountRate": 0.2}, [("FIT_VALUE_MODEL", {"score": True})]),
        ({"churnHorizonDays": 90, "timeZone": "Asia/Tokyo"}, [("RECALCULATE", {"months": True, "fit": True})]),
        ({"timeZone": "Asia/Tokyo", "horizonMonths": 6}, [("RECALCULATE", {"months": True})]),
        ({"assumedMargin": 0.5}, [("RECALCULATE", {"goods": True})]),
        (
            {"rateCard": [{"channel": "WEB", "kind": "VISIT", "cost": "1"}], "horizonMonths": 6},
            [("RECALCULATE", {"rates": ["WEB VISIT"]}), ("SCORE_CUSTOMERS", {})],
        ),
    ],
)
async def test_a_change_starts_the_jobs_that_it_needs(db: Database, given: dict[str, object], expected: object) -> None:
    assert (await change(db, **given))["errors"] == []
    assert await jobs(db) == expected


async def test_the_nightly_run_follows_the_time_zone(db: Database) -> None:
    async with db.transaction() as tx:
        await timetable.seed(tx)
    await change(db, timeZone="Asia/Tokyo")
    async with db.connection() as connection:
        hour = "SELECT to_char(next_at AT TIME ZONE 'Asia/Tokyo', 'HH24:MI') FROM schedule WHERE name = $1"
        assert await connection.fetchval(hour, "score-customers") == "03:00"
        assert await connection.fetchval("SELECT count(*) FROM schedule WHERE next_at < now() - interval '1 hour'") == 0


async def test_one_waiting_job_is_enough(db: Database) -> None:
    for days in (90, 120, 150):
        await change(db, churnHorizonDays=days)
        await change(db, horizonMonths=days // 10)
    assert await jobs(db) == [("FIT_VALUE_MODEL", {"score": True}), ("SCORE_CUSTOMERS", {})]


async def test_the_base_currency_stays_once_there_is_an_order(db: Database) -> None:
    assert (await change(db, baseCurrency="EUR"))["settings"]["baseCurrency"] == "EUR"
    async with db.connection() as connection:
        await connection.execute(
            "INSERT INTO job (job_id, kind, run_after, queued_at) VALUES (gen_random_uuid(), 'IMPORT', now(), now())"
        )
    [fault] = (await change(db, baseCurrency="CHF"))["errors"]
    assert fault["code"] == "IN_WRONG_STATE"
    async with db.connection() as connection:
        await connection.execute("UPDATE job SET status = 'SUCCEEDED'")
    assert (await change(db, baseCurrency="CHF"))["errors"] == []
    assert (await change(db, baseCurrency="EUR"))["errors"] == []
    async with db.connection() as connection:
        await connection.execute(
            "INSERT INTO customer_order (customer_id, order_id, recorded_for, source, external_id, ordered_at,"
            " recorded_at, channel, trading_form, currency, total, total_in_currency) VALUES (gen_random_uuid(),"
            " gen_random_uuid(), gen_random_uuid(), 'shop', 'O-1', now(), now(), 'WEB', 'E_COMMERCE', 'EUR', 1, 1)"
        )
    refused = await change(db, baseCurrency="CHF", horizonMonths=6)
    assert [(fault["code"], fault["path"]) for fault in refused["errors"]] == [
        ("IN_WRONG_STATE", ["input", "baseCurrency"])
    ]
    assert (await settings(db))["horizonMonths"] == 12
    assert (await change(db, baseCurrency="EUR"))["errors"] == []

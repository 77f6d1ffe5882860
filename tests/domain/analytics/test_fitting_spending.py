"""FIT_VALUE_MODEL on Postgres: what a purchase earns counts what came back, up to the day that is fitted to."""

from datetime import timedelta

import pytest

from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.compute import here
from domain.database import Tx
from tests.domain.analytics.facts import NOW, buyer
from tests.domain.analytics.test_fitting import models


async def test_what_comes_back_later_had_not_come_back_yet(tx: Tx) -> None:
    """Profit of a calibration in the past is what it was then: a return counts from its own day."""
    ids = [await buyer(tx, 300, 250, 200, total=30 + n) for n in range(40)]
    until = (NOW - timedelta(days=150)).date()
    await fit_value_model(tx, here, until=until, now=NOW)
    before = (await models(tx))["GAMMA_GAMMA"]
    for of in ids:
        bought = await tx.fetchval(
            "SELECT order_id FROM customer_order WHERE customer_id = $1 ORDER BY ordered_at DESC LIMIT 1", of
        )
        await tx.execute("UPDATE customer_order SET returned = 10 WHERE order_id = $1", bought)
        await tx.execute(
            "INSERT INTO order_return (customer_id, return_id, recorded_for, source, external_id, returned_at,"
            " recorded_at, refund) VALUES ($1, $1, $1, 'test', 'r', $2, $2, 10)",
            of,
            NOW - timedelta(days=30),
        )
        await tx.execute(
            "INSERT INTO return_line (customer_id, return_id, position, recorded_for, product_id, order_id, quantity,"
            " refund) VALUES ($1, $1, 1, $1, $1, $2, 1, 10)",
            of,
            bought,
        )
    await fit_value_model(tx, here, until=until, now=NOW + timedelta(hours=1))
    assert (await models(tx))["GAMMA_GAMMA"]["log_likelihood"] == pytest.approx(before["log_likelihood"], rel=1e-12)
    await fit_value_model(tx, here, until=None, now=NOW + timedelta(hours=2))
    assert (await models(tx))["GAMMA_GAMMA"]["log_likelihood"] != pytest.approx(before["log_likelihood"], rel=1e-6)

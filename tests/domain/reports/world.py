"""Customers who buy as the models say, with names that no page may tell, categories and channels; fitted and scored."""

from datetime import timedelta
from uuid import UUID

import numpy as np

from domain.analytics.commands_fitting import fit_value_model
from domain.analytics.compute import here
from domain.database import Database, Tx
from domain.reports import Portrait, read_portrait
from tests.domain.analytics.facts import NOW, full_run, town

SECRETS = ("Zebulon", "Quartermain", "zebulon@private.example", "+49 30 901820", "Elm Street 13")
CATEGORIES = ("Music & film", "Books <new>", "Toys", "Games $5$")

_NAMED = """
UPDATE customer SET given_name = 'Zebulon', family_name = 'Quartermain', display_name = 'Zebulon Quartermain',
  email = 'zebulon@private.example', phone = '+49 30 901820', address_recipient = 'Elm Street 13'
"""
_PARTED = """
INSERT INTO customer_month (customer_id, month, channel, category, category_orders, units, revenue, cost_of_goods)
SELECT customer_id, month, channel,
  ($1::text[])[1 + abs(hashtext(customer_id::text)) % cardinality($1::text[])], 1, 1, 10, 4
FROM customer_month WHERE category = ''
"""
_CONTACTED = """
INSERT INTO customer_month (customer_id, month, channel, category, touches, cost_to_serve)
SELECT customer_id, date_trunc('month', $1::timestamptz)::date, 'PHONE', '', 1, 2.5 FROM customer ORDER BY 1 LIMIT 40
"""


async def settled(db: Database, people: int = 400) -> list[UUID]:
    """Ids of the customers, all scored as of NOW by a model that was fitted a minute before."""
    ids = await town(db, np.random.default_rng(4), people)
    async with db.transaction() as tx:
        await tx.execute(_NAMED)
        await tx.execute(_PARTED, list(CATEGORIES))
        await tx.execute(_CONTACTED, NOW)
        await fit_value_model(tx, here, until=None, now=NOW - timedelta(minutes=1))
    await full_run(db)
    return ids


async def portrait(tx: Tx) -> Portrait:
    return await read_portrait(tx, now=NOW, progress=lambda done, of, what: None)

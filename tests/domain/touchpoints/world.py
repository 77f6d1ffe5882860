"""A small world that touchpoints are recorded in, and everything that is stored of it, told without ids."""

import re
from datetime import datetime
from uuid import UUID

import orjson

from domain.access.principal import OPERATOR, Principal
from domain.database import Database, Tx
from domain.identity.normalise import Known
from domain.ids import Prefix, to_public
from domain.privacy.queries import tombstone_key
from domain.query.asking import Keys, Occasion
from domain.settings import Settings
from domain.transfer import Kind
from domain.transfer.answering import Recorded
from domain.transfer.calls import record
from domain.vocabulary import IdentityKind, RecordErrorPolicy
from tests.support.importing import CLAIMS, NOW, Given, bring, order, with_products

TOMBSTONES = b"t" * 32
CAMPAIGN, SOMEBODY, GONE, SURVIVOR = (UUID(int=number) for number in (1, 2, 3, 4))
_CARD = [{"channel": "EMAIL", "kind": "CLICK", "cost": "0.02"}, {"channel": "EMAIL", "cost": "0.1"}]
_CARD += [{"channel": "PHONE", "kind": "CALL", "cost": "4.5"}]
_KEPT = {"product", "product_price", "campaign", "settings", "alembic_version", "attribute_declaration", "schedule"}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# When it was recorded: what happened, happened before.
_LATELY = re.compile(r'"20(2[6-9]|[3-9]\d)-\d\d-\d\dT[^"]*"')
_OWN = ("touchpoint_id", "recorded_at")
_TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""


async def begin(db: Database) -> None:
    """What stays as it is: products, a campaign, the rate card."""
    await with_products(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE settings SET rate_card = $1, time_zone = 'America/New_York'", _CARD)
        await tx.execute(
            "INSERT INTO campaign (campaign_id, key, name, created_at, updated_at)"
            " VALUES ($1, 'spring', 'Spring', $2, $2)",
            CAMPAIGN,
            NOW,
        )


async def afresh(db: Database) -> None:
    """Nobody but: who has an order, who was merged into whom, whom only an id names, and a trace of who was erased."""
    async with db.transaction() as tx:
        for table in await _tables(tx):
            await tx.execute(f"DELETE FROM {table}")
        for one in (SOMEBODY, GONE, SURVIVOR):
            await tx.execute("INSERT INTO customer (customer_id, created_at, updated_at) VALUES ($1, $2, $2)", one, NOW)
        await tx.execute("INSERT INTO customer_alias VALUES ($1, $2, $3)", GONE, SURVIVOR, NOW)
        await tx.execute("UPDATE customer SET merged_into = $2 WHERE customer_id = $1", GONE, SURVIVOR)
        key = tombstone_key(TOMBSTONES, Known(IdentityKind.EMAIL, "", "gone@example.org"))
        await tx.execute("INSERT INTO tombstone VALUES ($1, $2)", key, NOW)
    await bring(db, Kind.ORDERS, [order("o1")])


async def call(
    db: Database,
    *rows: Given,
    kind: Kind = Kind.TOUCHPOINTS,
    now: datetime = NOW,
    principal: Principal = OPERATOR,
    policy: RecordErrorPolicy = RecordErrorPolicy.RECORD_GOOD_ROWS,
) -> list[Recorded]:
    async with db.transaction() as tx:
        return await called(tx, *rows, kind=kind, now=now, principal=principal, policy=policy)


async def called(
    tx: Tx,
    *rows: Given,
    kind: Kind = Kind.TOUCHPOINTS,
    now: datetime = NOW,
    principal: Principal = OPERATOR,
    policy: RecordErrorPolicy = RecordErrorPolicy.RECORD_GOOD_ROWS,
) -> list[Recorded]:
    settings = await Settings.load(tx)
    return await record(
        tx, kind, rows, occasion=occasion(settings, now=now, principal=principal), settings=settings, policy=policy
    )


def occasion(settings: Settings, *, now: datetime = NOW, principal: Principal = OPERATOR) -> Occasion:
    return Occasion(principal, now, settings.zone, Keys(b"c" * 64, CLAIMS, TOMBSTONES))


async def stored(db: Database) -> dict[str, list[str]]:
    """Every table's rows as text, ids replaced by what they stand for."""
    async with db.transaction() as tx:
        rows = {table: await _rows(tx, table) for table in [*await _tables(tx), "product"]}
    names = _names(rows)

    def told(row: dict[str, object]) -> str:
        text = _LATELY.sub('"now"', orjson.dumps(row).decode())
        return _UUID.sub(lambda found: names.get(found[0], found[0]), text)

    return {table: sorted(map(told, of)) for table, of in rows.items()}


async def _rows(tx: Tx, table: str) -> list[dict[str, object]]:
    rows = [orjson.loads(row[0]) for row in await tx.fetch(f"SELECT row_to_json(t) FROM {table} t")]
    for row in rows:
        for name in ("bucket", "consent_id", "need_id"):  # made of ids
            row.pop(name, None)
    return rows


def _names(rows: dict[str, list[dict[str, object]]]) -> dict[str, str]:
    names: dict[str, str] = {}
    known = sorted(rows["identity_claim"], key=lambda row: (str(row["kind"]), str(row["value"])), reverse=True)
    names |= {str(row["customer_id"]): f"customer {row['kind']} {row['value']}" for row in known}
    names |= {str(row["product_id"]): f"product {row['sku']}" for row in rows["product"]}
    names |= {str(row["order_id"]): f"order {row['external_id']}" for row in rows["customer_order"]}
    for row in rows["touchpoint"]:
        about = [str(names.get(str(value), value)) for name, value in row.items() if name not in _OWN]
        names[str(row["touchpoint_id"])] = f"touchpoint {'|'.join(about)}".replace('"', "'")
    return names


async def _tables(tx: Tx) -> list[str]:
    return [row[0] for row in await tx.fetch(_TABLES) if row[0] not in _KEPT]


def somebody(one: UUID) -> Given:
    return {"id": to_public(Prefix.CUSTOMER, one)}

"""Deeds on identities: whom staged rows are about; who is not known yet is claimed as a new prospect."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from domain.staged import Batch, Moved
from domain.vocabulary import Role

_RESOLVE = Path(__file__).parent / "sql" / "resolve.sql"


async def resolve(batch: Batch, also: Iterable[UUID] = (), *, strangers: bool = True) -> int:
    """From t_ref to t_who (row, customer), t_touch (a customer's first and last) and t_prospect (who is new).

    Customers are locked in the order of their ids, also those that were merged and are named here: what comes by them
    is recorded for them; with them those of `also`. Raises Moved where one was merged meanwhile, or a merge undone.
    How many are new; without `strangers` t_ref knows all of them (found, and named_customer, whom that has led to), and
    there is no t_prospect.
    """
    if strangers:
        await batch.run(_RESOLVE, "claim", batch.now)
    await batch.run(_RESOLVE, "who" if strangers else "known")
    await batch.run(_RESOLVE, "touch")
    if await batch.number_of(_RESOLVE, "lock", list(also)):
        raise Moved
    return await batch.run(_RESOLVE, "prospect") if strangers else 0


async def keep_copies(batch: Batch, *, new: bool = True) -> set[UUID]:
    """The customers' own copies of their identities, and when each was seen first and last.

    Those of whom another identity may be the one to use now: their profiles are to be restated.
    """
    if new:
        await batch.run(_RESOLVE, "copy")
    seen = await batch.fetch(_RESOLVE, "seen", batch.caller.role is Role.PARTNER)
    return {row["customer_id"] for row in seen if row["turned"]}

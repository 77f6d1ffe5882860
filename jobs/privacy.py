"""Jobs of privacy: forget a person, hand over all that is known of one."""

import asyncio
from collections.abc import Mapping

from domain.deployment import Label
from domain.ids import Prefix, parse_id
from domain.privacy import commands_erasing, journal
from jobs.work import Work


async def erase_customer(work: Work) -> Mapping[str, object]:
    """One transaction; the tombstones are in the journal before it commits, so that no restore forgets them."""
    customer = parse_id(Prefix.CUSTOMER, str(work.arguments["customer"]), "customer")
    key = work.deployment.secret.key(Label.TOMBSTONES)
    async with work.transaction() as tx:
        stones = await commands_erasing.erase(tx, customer, key=key, now=work.now)
        if work.deployment.erasures is not None:
            await asyncio.to_thread(journal.append, work.deployment.erasures, stones, work.now)
        result = {"customer": work.arguments["customer"]}
        await work.finish(tx, result)
    return result

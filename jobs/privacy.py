"""Jobs of privacy: forget a person, hand over all that is known of one."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from domain import files
from domain.deployment import Label
from domain.ids import Prefix, parse_id
from domain.privacy import commands_erasing, journal, queries_handover
from domain.privacy.queries import identities_of, ids_of
from domain.transfer.commands_forgetting import forget_staged
from jobs.forgetting import another_came, end_imports
from jobs.work import Work

KEPT = timedelta(days=7)
"""Files about persons."""


async def erase_customer(work: Work) -> Mapping[str, object]:
    """One transaction; the tombstones are in the journal before it commits, so that no restore forgets them.

    Imports that name the person have ended before it; what is sent after it names somebody who is refused.
    """
    customer = parse_id(Prefix.CUSTOMER, str(work.arguments["customer"]), "customer")
    key = work.deployment.secret.key(Label.TOMBSTONES)
    looked = await end_imports(work, customer)
    while await another_came(work, looked):
        looked |= await end_imports(work, customer)
    async with work.transaction() as tx:
        ids = await ids_of(tx, customer)
        await forget_staged(tx, ids, [known.value for known in await identities_of(tx, ids)])
        stones = await commands_erasing.erase(tx, customer, key=key, now=work.now)
        if work.deployment.erasures is not None:
            await asyncio.to_thread(journal.append, work.deployment.erasures, stones, work.now)
        result = {"customer": work.arguments["customer"]}
        await work.finish(tx, result)
    return result


async def export_customer(work: Work) -> Mapping[str, object]:
    """The person is locked while the document is read, so that it is of one moment; the file ends the job."""
    customer = parse_id(Prefix.CUSTOMER, str(work.arguments["customer"]), "customer")
    async with work.transaction() as tx:
        await files.write(
            tx,
            work.job_id,
            f"{work.arguments['customer']}.json",
            "application/json",
            queries_handover.everything(tx, customer, now=work.now),
            personal=True,
            expires_at=work.now + KEPT,
            now=work.now,
            counted=False,
        )
        result = {"customer": work.arguments["customer"]}
        await work.finish(tx, result)
    return result

"""The job of the small tables that recommendations are worked out from."""

from collections.abc import Mapping
from datetime import datetime

from domain.affinity import commands
from jobs.work import Work


async def relate_products(work: Work) -> Mapping[str, object]:
    """Everything in one transaction: an attempt that dies has done nothing, and readers never see half."""
    said = work.arguments.get("asOf")
    as_of = datetime.fromisoformat(said) if isinstance(said, str) else work.now
    async with work.transaction() as tx:
        result = await commands.relate(tx, work.compute, as_of=as_of, now=work.now, progress=work.progress)
        await work.finish(tx, result)
    return result

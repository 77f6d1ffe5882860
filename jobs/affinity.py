"""The job of the small tables: what recommendations are worked out from, and what traits are held against."""

from collections.abc import Mapping
from datetime import datetime

from domain.affinity import commands
from domain.segments.traits import commands as commands_traits
from jobs.work import Work


async def relate_products(work: Work) -> Mapping[str, object]:
    """Everything in one transaction: an attempt that dies has done nothing, and readers never see half."""
    said = work.arguments.get("asOf")
    as_of = datetime.fromisoformat(said) if isinstance(said, str) else work.now
    async with work.transaction() as tx:
        await work.progress(0.0, "Counting what customers have in common")
        traits = await commands_traits.count(tx, now=work.now)
        related = await commands.relate(tx, work.compute, as_of=as_of, now=work.now, progress=work.progress)
        result = {**related, "traits": traits}
        await work.finish(tx, result)
    return result

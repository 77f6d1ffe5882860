"""Who states what a customer is known by learns whether somebody is known by it: of partners that is counted a key."""

from collections.abc import Iterable
from pathlib import Path

from domain.errors import QuestionRefused
from domain.identity.joining import Joining
from domain.identity.normalise import Known
from domain.staged import Batch
from domain.vocabulary import Role

_SQL = Path(__file__).parent / "sql" / "upsert.sql"


async def count_lookups(batch: Batch, named: Iterable[Known], joining: Joining) -> None:
    """Counts the identities that others told of and the partner did not until now.

    Over the allowance the whole request is refused, and no less where nobody is known by them: else being refused
    would tell it. Raises QuestionRefused.
    """
    caller, allowance = batch.caller, batch.lookups
    if allowance is None or caller.role is not Role.PARTNER:
        return
    every = set(named)
    there = [one for one in every if one in joining.owners]
    columns = [[known[at] for known in there] for at in range(3)]
    whose = [joining.now(joining.owners[one]) for one in there]
    told = await batch.number_of(_SQL, "told", whose, *columns, caller.source) if there else 0
    if told == len(every):
        return
    if not allowance.spend(caller.key_id or caller.name, len(there) - told, batch.now):
        raise QuestionRefused(
            "RATE_LIMITED",
            f"a partner may name {allowance.a_minute} identities a minute that others told of: nothing of this request"
            " was recorded. Send it again in a minute, in shorter lists, or import a file",
        )

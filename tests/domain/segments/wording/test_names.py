"""Segments that are named in the words of others, by the names that they have now."""

from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.segments import commands
from domain.segments.commands import Given
from domain.segments.rule import kept
from tests.support.calling import OCCASION


async def saved(tx: Tx, name: str, where: dict[str, object]) -> str:
    """Its public id."""
    made = await commands.create(tx, Given(frozenset(), name=name, rule=kept(where)), occasion=OCCASION)
    assert made.did.key
    return to_public(Prefix.SEGMENT, made.did.key)


async def words(tx: Tx) -> dict[str, tuple[str, str]]:
    """Of each segment's newest rule: as they are told, and without values."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (s.name) s.name, v.definition, v.masked FROM segment s JOIN segment_version v"
        " USING (segment_id) ORDER BY s.name, v.number DESC"
    )
    return {row["name"]: (row["definition"], row["masked"]) for row in rows}


async def test_who_is_given_another_name_is_called_so_by_whoever_names_it(tx: Tx) -> None:
    best = await saved(tx, "Best", {"city": {"eq": "Bath"}})
    await saved(tx, "Others", {"not": {"inSegment": [best]}, "email": {"startsWith": "a"}})
    edited = await commands.create(
        tx, Given(frozenset(), name="Edited", rule=kept({"city": {"eq": "Ely"}})), occasion=OCCASION
    )
    assert edited.did.key
    naming = Given(frozenset({"where"}), rule=kept({"notInSegment": [best]}))
    await commands.update(tx, edited.did.key, naming, occasion=OCCASION)
    key = edited.did.key
    assert (await words(tx))["Edited"][0] == "is not in the segment “Best”"

    [row] = await tx.fetch("SELECT segment_id FROM segment WHERE name = 'Best'")
    await commands.update(tx, row[0], Given(frozenset({"name"}), name="People of Bath"), occasion=OCCASION)
    told = await words(tx)
    assert told["Edited"] == ("is not in the segment “People of Bath”",) * 2
    assert told["Others"] == (
        "e-mail address begins with “a”, and not (is in the segment “People of Bath”)",
        "e-mail address begins with …, and not (is in the segment “People of Bath”)",
    )
    assert told["People of Bath"][0] == "city is “Bath”"

    await commands.archive(tx, key, occasion=OCCASION)
    await commands.update(tx, row[0], Given(frozenset({"name"}), name="Bath"), occasion=OCCASION)
    assert (await words(tx))["Edited"][0] == "is not in the segment “Bath”", "also of what is put away"

"""Whom many references name is what each of them names."""

from uuid import UUID

from domain.customers.queries import all_named, named
from domain.database import Database
from domain.identity.commands_merging import merge
from domain.identity.normalise import Known
from domain.privacy.commands_erasing import erase
from domain.vocabulary import IdentityKind
from tests.domain.segments.changes.test_following import people
from tests.support.calling import OCCASION
from tests.support.importing import NOW


async def test_many_lead_where_each_leads_in_their_order(db: Database) -> None:
    ada, bob, cyd, dan = whom = await people(db)
    async with db.transaction() as tx:
        await merge(tx, bob, ada, occasion=OCCASION)
        await erase(tx, cyd, key=b"t" * 32, now=NOW)
        mails = [Known(IdentityKind.EMAIL, "", f"p{at}@example.org") for at in range(5)]
        others: list[UUID | Known] = [
            UUID(int=7),
            Known(IdentityKind.PHONE, "", mails[0].value),
            Known(IdentityKind.EMAIL, "s", mails[0].value),
        ]
        refs: list[UUID | Known] = [dan, *mails, *whom, *others, ada, dan]
        found = await all_named(tx, refs)
        assert found == [await named(tx, one) for one in refs]
        assert found[:10] == [dan, bob, bob, None, dan, None, bob, bob, None, dan]
        assert await all_named(tx, []) == []

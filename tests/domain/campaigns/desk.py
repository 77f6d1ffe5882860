"""A small house with a campaign, asked over GraphQL as people do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from domain.access.principal import Principal
from domain.database import Database
from tests.schema.world import CALLERS, ask

ADA, BOB = ({"identity": {"kind": "EMAIL", "value": f"{name}@example.org"}} for name in ("ada", "bob"))
_CREATE = "mutation ($input: CampaignInput!) { campaignCreate(input: $input) { campaign { id } errors { %s } } }"
TELL = """mutation ($input: [ContactInput!]!, $policy: RecordErrorPolicy! = RECORD_GOOD_ROWS) {
  contactsRecord(input: $input, errorPolicy: $policy) {
    created updated duplicates rejected results { status id errors { code path message } } errors { code path }
  }
}"""
_TOUCH = """mutation ($input: [TouchpointInput!]!) {
  touchpointsRecord(input: $input) { results { status errors { code path message } } errors { code } }
}"""
_ADA = """{ customerByIdentity(kind: EMAIL, value: "ada@example.org") {
  id profitability(over: {last: "P1Y"}) { marketingCost }
  touchpoints { nodes { id kind channel occurredAt source cost campaign { key } contact { id step } } }
  contacts { totalCount nodes { id campaign { key } customer { email } step channel variant arm status suppression
    attempts lastError scheduledAt sentAt openedAt clickedAt respondedAt response { kind } responseRevenue } }
} }"""
_MERGE = "mutation ($into: ID!, $from: ID!) { customer%s { errors { code message } } }"
_WHO = "query ($where: CustomerFilter) { customers(where: $where) { nodes { email } } }"
ERRORS = "code path message subjects"


@dataclass(slots=True)
class Desk:
    db: Database
    caller: Principal = CALLERS[0]

    @staticmethod
    def at(url: str) -> "Desk":
        return Desk(Database(url, size=2))

    async def ask(self, text: str, **variables: Any) -> Any:
        answer = orjson.loads((await ask(self.db, self.caller, text, variables)).body)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def campaign(self, key: str = "spring", **said: Any) -> str:
        given = {"key": key, "name": key.title(), "goal": "LOYALTY", "steps": [{"channel": "EMAIL"}], **said}
        made = (await self.ask(_CREATE % ERRORS, input=given))["campaignCreate"]
        assert made["errors"] == []
        return str(made["campaign"]["id"])

    async def faults(self, **said: Any) -> list[tuple[str, str]]:
        """Why a campaign is not begun."""
        made = (await self.ask(_CREATE % ERRORS, input=said))["campaignCreate"]
        assert made["campaign"] is None
        return [(error["code"], ".".join(error["path"])) for error in made["errors"]]

    async def tell(self, campaign: str, *rows: Mapping[str, Any], policy: str = "RECORD_GOOD_ROWS") -> Any:
        given = [{"campaign": campaign, "customer": ADA, **row} for row in rows]
        return (await self.ask(TELL, input=given, policy=policy))["contactsRecord"]

    async def told(self, campaign: str, *rows: Mapping[str, Any]) -> list[str]:
        """What became of each."""
        done = await self.tell(campaign, *rows)
        assert done["rejected"] == 0, done
        return [str(row["status"]) for row in done["results"]]

    async def touch(self, kind: str, at: str, who: Mapping[str, Any] = ADA, **more: Any) -> None:
        row = {"customer": who, "channel": "EMAIL", "kind": kind, "occurredAt": at, "source": "gate"} | more
        [done] = (await self.ask(_TOUCH, input=[row]))["touchpointsRecord"]["results"]
        assert done["errors"] == [], done

    async def who(self, **contacts: Any) -> set[str]:
        found = (await self.ask(_WHO, where={"contacts": contacts}))["customers"]["nodes"]
        return {str(node["email"]).partition("@")[0] for node in found}

    async def ada(self) -> Any:
        """What was sent to her, and what of that is on her timeline."""
        return (await self.ask(_ADA))["customerByIdentity"]

    async def id_of(self, name: str) -> str:
        text = "query ($value: String!) { customerByIdentity(kind: EMAIL, value: $value) { id } }"
        return str((await self.ask(text, value=f"{name}@example.org"))["customerByIdentity"]["id"])

    async def merge(self, into: str, other: str) -> None:
        await self.ask(_MERGE % "Merge(into: $into, from: $from)", into=into, **{"from": other})

    async def unmerge(self, into: str, other: str) -> None:
        await self.ask(_MERGE % "Unmerge(customer: $into, from: $from)", into=into, **{"from": other})

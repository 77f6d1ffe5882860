"""What campaigns sent to a customer, as the contract's filter of contacts asks of it: plain Python.

Written from the descriptions in the schema alone, without a look at how the house asks Postgres.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.clock import Duration
from domain.ids import Prefix, to_public
from tests.domain.segments.comparing import Filter, Moment, at, number, one_of
from tests.domain.segments.rows import Row, Rows


@dataclass(frozen=True, slots=True)
class Contacts:
    """Of one customer."""

    rows: Rows
    customer: UUID
    moment: Moment

    def hold(self, said: Filter) -> bool:
        """Counts those that match; without count, at least one must."""
        where, known = said.get("where", {}), self._known()
        found = [one for one in known if all(self._of(one, known, name, asked) for name, asked in where.items())]
        return number(len(found), said["count"]) if "count" in said else bool(found)

    def _known(self) -> list[Row]:
        """Those that were recorded; and touchpoints of none of them, where the first step was not told as sent."""
        recorded = self.rows.all("campaign_contact", self.customer)
        sent = {_who(one) for one in recorded if one["step"] == 1 and one["sent_at"] is not None}
        held = {_who(one) for one in recorded if one["arm"] == "CONTROL"}
        untold = [one for one in self._sent() if one["contact_id"] is None and _who(one) not in sent]
        return [*recorded, *(self._as_contact(one, held) for one in untold)]

    def _sent(self) -> list[Row]:
        touches = self.rows.all("touchpoint", self.customer)
        return [one for one in touches if one["kind"] == "CAMPAIGN_SENT" and one["campaign_id"] is not None]

    @staticmethod
    def _as_contact(touch: Row, held: set[tuple[UUID, UUID]]) -> Row:
        same = {name: touch[name] for name in ("campaign_id", "channel")}
        unknown = {"variant": None, "suppression": None}
        arm = "CONTROL" if _who(touch) in held else "TREATED"
        told = {"step": 1, "arm": arm, "status": "SENT", "sent_at": touch["occurred_at"]}
        return same | unknown | told | {"contact_id": touch["touchpoint_id"]}

    def _of(self, contact: Row, known: list[Row], name: str, asked: Any) -> bool:
        match name:
            case "campaign":
                return bool(to_public(Prefix.CAMPAIGN, contact["campaign_id"]) == asked)
            case "goal":
                return one_of(self.rows.campaigns[contact["campaign_id"]]["goal"], asked)
            case "channel" | "status" | "suppression":
                return one_of(contact[name], asked)
            case "variant" | "step" | "arm":
                return bool(contact[name] == asked)
            case "sentAt":
                return bool(at(contact["sent_at"], asked, self.moment))
            case "responded":
                return self._responded(contact, known) is asked
        raise AssertionError(name)

    def _responded(self, contact: Row, known: list[Row]) -> bool:
        """Within the window, and before a later contact of the same campaign: at the same instant, the larger id."""
        if contact["sent_at"] is None:
            return False
        window = Duration.parse(self.rows.campaigns[contact["campaign_id"]]["response_window"])
        later = [
            one["sent_at"]
            for one in known
            if one["campaign_id"] == contact["campaign_id"] and one["sent_at"] is not None and _is_later(one, contact)
        ]
        end: datetime = min([window.after(contact["sent_at"]), *later])
        return any(contact["sent_at"] <= touch["occurred_at"] < end for touch in self._answers(contact["campaign_id"]))

    def _answers(self, campaign: UUID) -> list[Row]:
        touches = self.rows.all("touchpoint", self.customer)
        return [one for one in touches if one["kind"] == "CAMPAIGN_RESPONSE" and one["campaign_id"] == campaign]


def _who(row: Row) -> tuple[UUID, UUID]:
    """Of which campaign, and of which of those who turned out to be this customer."""
    return row["campaign_id"], row["recorded_for"]


def _is_later(one: Row, other: Row) -> bool:
    return bool((one["sent_at"], one["contact_id"]) > (other["sent_at"], other["contact_id"]))

"""Members of lists on their way into staging: a list by its id or key, and who is to be on it or off it."""

from uuid import UUID

from domain.errors import Refused
from domain.ids import Prefix, parse_id
from domain.naming import key_fault
from domain.transfer.inputs import MemberInput
from domain.transfer.refs import who
from domain.transfer.scalars import Unfit
from domain.transfer.stage import Batches, Ground, Row


class MemberStaging:
    """Every row is a unit, in the file's order: of several about the same the last holds."""

    def __init__(self, ground: Ground, *, one_row_a_line: bool) -> None:
        self._ground = ground
        self._batches = Batches()
        self.tables: dict[str, list[Row]] = {"member": []}

    def add(self, given: MemberInput, line: int) -> None:
        segment = _segment(given.segment)
        whom = who(given.customer, given.source or "", self._ground.caller)
        named = whom.customer, whom.kind, whom.scope, whom.value
        self.tables["member"].append((line, self._batches.of(1), *segment, *named, given.remove is True))


def _segment(text: str) -> tuple[UUID | None, str | None]:
    """Its id, or else its key. Raises Unfit for what is neither."""
    try:
        return parse_id(Prefix.SEGMENT, text), None
    except Refused as error:
        if key_fault(text, "") is not None:
            raise Unfit(
                "segment", "is neither the key nor the id of a segment: write best-customers or seg_…"
            ) from error
        return None, text

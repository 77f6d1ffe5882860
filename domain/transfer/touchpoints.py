"""Touchpoints on their way into staging: claimed by their external id, or by all that they say where they have none."""

from uuid import UUID

import msgspec

from domain.ids import Prefix
from domain.touchpoints.rules import USUAL, own_claim
from domain.transfer.inputs import TouchpointInput
from domain.transfer.refs import parsed, who
from domain.transfer.scalars import Unfit, not_ahead, plain
from domain.transfer.stage import Batches, Ground, Row
from domain.transfer.stating import learnt
from domain.transfer.windows import Windows
from domain.vocabulary import TouchpointKind

_CONTENT = msgspec.json.Encoder(order="deterministic")


class TouchpointStaging:
    def __init__(self, ground: Ground, *, one_row_a_line: bool, windows: Windows | None = None) -> None:
        self._ground = ground
        self._batches, self._windows = Batches(), windows
        self.tables: dict[str, list[Row]] = {"touchpoint": []}

    def add(self, given: TouchpointInput, line: int) -> None:
        self._ground.check_source(given.source)
        reference = who(given.customer, given.source, self._ground.caller)
        if given.contact is not None:
            raise Unfit("contact", "is found by itself: leave it out, and name the campaign")
        function, direction = USUAL[given.kind]
        cost = None if given.cost is None else plain(given.cost, "cost")
        campaign = None if given.campaign is None else parsed(Prefix.CAMPAIGN, given.campaign, "campaign")
        properties = None if given.properties is None else _CONTENT.encode(given.properties).decode()
        # In UTC, so that what is sent again with another offset is the same.
        occurred_at = given.occurred_at = not_ahead(given.occurred_at, self._ground.now, "occurredAt")
        lesson = None if given.learnt is None else learnt(given.learnt, self._ground, occurred_at)
        ids, claims = self._ground.ids, self._claims(given)
        batch = self._batches.of(1) if self._windows is None else self._windows.of(line, reference, *claims[:2])
        # In one piece: what is put together of pieces takes a microsecond more.
        # fmt: off
        self.tables["touchpoint"].append((
            line, batch, *claims, next(ids), next(ids), *reference, given.source, given.external_id, occurred_at,
            given.channel, given.kind, given.function or function, given.direction or direction, given.subject,
            campaign, given.sku, given.case_number, given.handled_by, given.competitor, cost, given.duration_seconds,
            given.satisfaction, given.recommend_score, properties, lesson,
        ))
        # fmt: on

    def _claims(self, given: TouchpointInput) -> tuple[UUID, UUID | None, UUID | None]:
        """Its own, its order's as a purchase (whoever tells of it first), and the order's."""
        ground, order = self._ground, given.order_external_id
        if given.external_id:
            own = own_claim(ground.key, given.source, given.external_id)
        else:
            own = ground.claim(given.source, f"all\x00{_CONTENT.encode(given).hex()}")
        if not order:
            return own, None, None
        purchase = ground.purchase(given.source, order) if given.kind is TouchpointKind.PURCHASE else None
        return own, purchase, ground.claim(given.source, order)

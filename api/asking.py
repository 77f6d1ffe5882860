"""One operation, by whichever door it came: made ready, executed, and one line about it in the log."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from api import logs
from api.documents import NotPrepared, Ready
from api.house import House, new_request_id
from api.idempotency import once
from api.requests import Parameters
from domain.access import Presented, Principal
from domain.idempotency import Once
from schema.errors import refusal, tell, wrap
from schema.execution import Answer, Prepared, execute, subscribe

_NOBODY: Final = logs.who(None, None)
_NOTHING: Final = logs.what(None, None)


@dataclass(slots=True)
class Asking:
    """One request: its id, its instant, who asks, and what becomes of it."""

    house: House
    door: str
    request_id: str = field(default_factory=new_request_id)
    now: datetime = field(init=False)
    presented: Presented | None = None
    principal: Principal | None = None
    prepared: Ready | None = None
    answer: Answer | None = None
    idempotency_key: bytes | None = None
    # Which of several programs that share a key asks.
    client: str = ""
    _at: float = field(default_factory=time.time)
    _began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.now = datetime.fromtimestamp(self._at, UTC)

    async def let_in(self, presented: Presented | None) -> bool:
        """Whether what is shown opens the door; from then on it is known who asks."""
        if presented is not None:
            self.presented = presented
            ring = self.house.ring
            self.principal = ring.at_hand(presented, self.now) or await ring.ask(presented, self.now)
        return self.principal is not None

    def prepare(self, parameters: Parameters) -> Ready | None:
        """The operation, or None where there is an answer already: why it cannot be executed."""
        try:
            self.prepared = self.house.documents.prepare(parameters.query, parameters.operation_name)
        except NotPrepared as error:
            self.answer = Answer(refusal(error.errors, self.request_id), executed=False, code=error.code)
        return self.prepared

    async def execute(self, prepared: Prepared, variables: dict[str, object] | None) -> Answer:
        """The answer, whatever happens. (Admission and metrics will stand around this call.)"""
        assert self.principal is not None
        context = self.house.context(self.principal, self.request_id, self.now, self.client)
        if self.idempotency_key is not None:
            context = replace(context, once=self._once(variables))
        try:
            self.answer = await execute(prepared, variables, context)
        except Exception as error:
            self.answer = self.failed(error)
        else:
            self._note_unexpected(self.answer)
        return self.answer

    def _once(self, variables: dict[str, object] | None) -> Once:
        """What a mutation with an Idempotency-Key is known by."""
        assert self.idempotency_key is not None
        assert self.prepared is not None
        assert self.presented is not None
        return once(self.house.idempotency, self.presented, self.idempotency_key, self.prepared, variables)

    async def subscribe(
        self, prepared: Prepared, variables: dict[str, object] | None
    ) -> Answer | AsyncIterator[Answer]:
        """The events, or the answer that says why there are none."""
        assert self.principal is not None
        context = self.house.context(self.principal, self.request_id, self.now)
        try:
            events = await subscribe(prepared, variables, context)
        except Exception as error:
            self.answer = self.failed(error)
            return self.answer
        if isinstance(events, Answer):
            self.answer = events
            self._note_unexpected(events)
        return events

    def failed(self, error: Exception) -> Answer:
        """What was raised past everybody: masked, with the request's id to find it by."""
        told = tell([wrap(error)], self.request_id)
        answer = Answer(refusal([wrap(error)], self.request_id), False, told.code, unexpected=told.unexpected)
        self._note_unexpected(answer)
        return answer

    def log(self, status: int) -> None:
        """The one line about this request."""
        principal, answer = self.principal, self.answer
        logs.request(
            logs.Line(
                self._at,
                self.request_id,
                self.door,
                logs.who(principal.role, principal.key_id) if principal else _NOBODY,
                self.prepared.told if self.prepared else _NOTHING,
                status,
                answer.code if answer else None,
                answer.cost if answer else None,
                time.perf_counter() - self._began,
            )
        )

    def _note_unexpected(self, answer: Answer) -> None:
        for error in answer.unexpected:
            logs.trouble("unexpected", error, request=self.request_id)

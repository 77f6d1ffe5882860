"""What a merge does to consents, pure: the survivor's is never looser than that of either side was.

A merge that somebody asked for adds a word, dated the merge, wherever the later word of both sides would be looser
than the stricter side. What the house joined by itself needs none, on purpose: the person's own last word holds, so
that it does not matter in which order rows arrive.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from domain.consents.rules import STRICTNESS, Word
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus

_Topic = tuple[Channel, ConsentPurpose]
_NEVER = datetime.max.replace(tzinfo=UTC)


class Merge(NamedTuple):
    """`gone` became part of `into`, which may itself have become part of another since."""

    merge_id: UUID
    into: UUID
    gone: UUID
    merged_at: datetime
    automatic: bool


def words_of_merges(survivor: UUID, words: Iterable[Word], merges: Sequence[Merge]) -> list[Word]:
    """The words that the merges add to what was said; to be found anew whenever something is said or undone."""
    groups = {one: {one} for merge in merges for one in (merge.into, merge.gone)}
    said = [word for word in words if word.merge_id is None]
    added: list[Word] = []
    for merge in sorted(merges, key=lambda one: (one.merged_at, one.merge_id)):
        into, gone = groups[merge.into], groups[merge.gone]
        if not merge.automatic:
            sides = [_side([*said, *added], group, merge.merged_at) for group in (into, gone)]
            added += [_word(survivor, merge, word) for word in _too_loose(*sides)]
        into |= gone
        for one in into:
            groups[one] = into
    return added


def _side(words: Iterable[Word], group: set[UUID], until: datetime) -> dict[_Topic, Word]:
    """What held on one side when they were merged."""
    holding: dict[_Topic, Word] = {}
    for word in words:
        topic = word.channel, word.purpose
        if word.recorded_for in group and word.recorded_at <= until:
            holding[topic] = max(holding.get(topic, word), word, key=_later)
    return holding


def _too_loose(into: dict[_Topic, Word], gone: dict[_Topic, Word]) -> Iterator[Word]:
    """The stricter word of each topic of which the later one is looser."""
    for topic in sorted(into.keys() & gone.keys()):
        both = into[topic], gone[topic]
        strict = max(both, key=_strict)
        if _strict(max(both, key=_later)) < _strict(strict):
            yield strict


def _word(survivor: UUID, merge: Merge, strict: Word) -> Word:
    return strict._replace(
        customer_id=survivor, recorded_for=merge.into, recorded_at=merge.merged_at, merge_id=merge.merge_id
    )


def _strict(word: Word) -> tuple[int, float]:
    """A grant that ends sooner is the stricter one."""
    ends = word.expires_at if word.status is ConsentStatus.GRANTED else None
    return STRICTNESS[word.status], -(ends or _NEVER).timestamp()


def _later(word: Word) -> tuple[datetime, int, float]:
    """As consents.sql settles; what it decides beyond that says the same."""
    return word.recorded_at, STRICTNESS[word.status], -(word.expires_at or _NEVER).timestamp()

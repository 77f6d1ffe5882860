"""What merges add to what was said, and what they leave alone."""

from datetime import timedelta
from uuid import UUID

from domain.consents.merged import Merge, words_of_merges
from domain.consents.rules import Word
from domain.vocabulary import Channel, ConsentPurpose, ConsentStatus
from tests.support.importing import NOW

INTO, GONE, MERGE = (UUID(int=number) for number in range(1, 4))
DAY = timedelta(days=1)


def word(whose: UUID, status: ConsentStatus, at: int) -> Word:
    return Word(INTO, whose, Channel.EMAIL, ConsentPurpose.MARKETING, status, "form", NOW + at * DAY)


SAID = [word(INTO, ConsentStatus.WITHDRAWN, -2), word(GONE, ConsentStatus.GRANTED, -1)]


def test_whoever_somebody_merged_keeps_the_stricter_word() -> None:
    [added] = words_of_merges(INTO, SAID, [Merge(MERGE, INTO, GONE, NOW, automatic=False)])
    assert (added.status, added.recorded_at, added.merge_id) == (ConsentStatus.WITHDRAWN, NOW, MERGE)


def test_whom_the_house_joined_by_itself_keeps_the_later_word_on_purpose_so_that_no_order_of_arrival_matters() -> None:
    assert words_of_merges(INTO, SAID, [Merge(MERGE, INTO, GONE, NOW, automatic=True)]) == []

"""What a score says of itself in JSON: the reasons of a churn risk, and why a score cannot be given yet."""

from collections.abc import Iterator

import numpy as np
import orjson

from domain.analytics import churn
from domain.analytics.churn import Factor
from domain.analytics.foresight import Foresight, Terms
from domain.analytics.population import Population
from domain.analytics.summaries import Summaries
from domain.vocabulary import Score, ScoreAbsenceReason

NOTHING = b"[]"
_REFUSED = "The customer does not allow profiling."
_BEFORE_THE_FIRST = "The first full scoring has not run yet: it sets the cut points. Start SCORE_CUSTOMERS."


def reasons(summaries: Summaries, foresight: Foresight, terms: Terms, population: Population | None) -> list[bytes]:
    """One JSON list a customer; the effects sum to the risk."""
    told = [NOTHING] * len(summaries)
    known = np.flatnonzero(~np.isnan(foresight.risk))
    if population is None or not known.size:
        return told
    alive, none, risk = foresight.alive[known], foresight.none[known], foresight.risk[known]
    parts = churn.effects(population.typical, foresight.if_alive[known], none, risk)
    days = -summaries.real("last_day")[known]
    effects = (parts.purchase_rate, parts.silence, parts.experience)
    columns = (summaries.count("purchases")[known], summaries.T[known], days, alive, *effects)
    usual = f"The mean of all customers over {terms.churn_horizon_days} days"
    for place, reason in zip(known.tolist(), _told(usual, population.typical, columns), strict=True):
        told[place] = reason
    return told


def _told(usual: str, typical: float, columns: "tuple[np.typing.NDArray[np.generic], ...]") -> Iterator[bytes]:
    opening = f'[{{"factor":"{Factor.TYPICAL}","detail":"{usual}","effect":{typical:.9f}}}'
    for bought, weeks, days, alive, rate, silence, experience in zip(*(c.tolist() for c in columns), strict=True):
        bought_on = "1 purchase day" if bought == 1 else f"{bought} purchase days"
        yield (
            f'{opening},{{"factor":"{Factor.PURCHASE_RATE}","detail":"{bought_on} in {weeks:.1f} weeks",'
            f'"effect":{rate:.9f}}},{{"factor":"{Factor.SILENCE}","detail":"{days:.0f} days since the last purchase; '
            f'still a customer with probability {alive:.2f}","effect":{silence:.9f}}},{{"factor":"{Factor.EXPERIENCE}",'
            f'"detail":"What the back-test taught","effect":{experience:.9f}}}]'
        ).encode()


def absences(summaries: Summaries, terms: Terms, population: Population | None) -> list[bytes]:
    """One JSON list a customer: prospects and who refuses lack everything, everybody what cannot be given yet."""
    unwilling = _absent(*((score, ScoreAbsenceReason.NO_CONSENT_TO_PROFILING, _REFUSED) for score in Score))
    prospects = _absent(*((score, ScoreAbsenceReason.NO_PURCHASE, "There is no purchase yet.") for score in Score))
    others = NOTHING
    if population is None:
        others = _absent(*((score, ScoreAbsenceReason.NOT_YET_SCORED, _BEFORE_THE_FIRST) for score in Score))
    elif terms.missing:
        reason, detail = terms.missing
        others = _absent(*((score, reason, detail) for score in Score if score != Score.RFM))
    refused, bought = summaries.unwilling.tolist(), summaries.bought.tolist()
    return [unwilling if no else (others if some else prospects) for no, some in zip(refused, bought, strict=True)]


def _absent(*told: tuple[str, str, str]) -> bytes:
    return orjson.dumps([{"score": score, "reason": reason, "detail": detail} for score, reason, detail in told])

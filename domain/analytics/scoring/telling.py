"""What a score says of itself in JSON: the reasons of a churn risk, and why a score cannot be given yet."""

import numpy as np
import orjson

from domain.analytics.models.histories import Floats
from domain.analytics.scoring import churn
from domain.analytics.scoring.churn import Factor
from domain.analytics.scoring.foresight import Foresight, Terms
from domain.analytics.scoring.population import Population
from domain.analytics.scoring.summaries import Summaries
from domain.vocabulary import Score, ScoreAbsenceReason

NOTHING = b"[]"
_REFUSED = "The customer does not allow profiling."
_BEFORE_THE_FIRST = "The first full scoring has not run yet: it sets the cut points. Start SCORE_CUSTOMERS."


def reasons(summaries: Summaries, foresight: Foresight, terms: Terms, population: Population | None) -> list[bytes]:
    """One JSON list a customer; the effects sum to the risk, at nine digits exactly."""
    told = [NOTHING] * len(summaries)
    known = np.flatnonzero(~np.isnan(foresight.risk))
    if population is None or not known.size:
        return told
    # Rounded before they are taken apart: so rounded, the effects sum to the risk to the last digit.
    typical, risks = round(population.typical * _BILLION), (foresight.if_alive, foresight.none, foresight.risk)
    parts = churn.effects(typical, *(np.rint(of[known] * _BILLION) for of in risks))
    numbers = (
        summaries.count("purchases")[known],
        _tenths(summaries.T[known]),
        -summaries.real("last_day")[known],
        _hundredths(foresight.alive[known]),
        *(parts.purchase_rate, parts.silence, parts.experience),
    )
    template = _template(f"The mean of all customers over {terms.churn_horizon_days} days", typical)
    for place, reason in zip(known.tolist(), _told(template, numbers), strict=True):
        told[place] = reason
    return told


_BILLION = 1_000_000_000


def _template(usual: str, typical: int) -> str:
    """Of whole numbers alone, effects in billionths: they are written four times as fast as numbers with a point."""
    return (
        f'[{{"factor":"{Factor.TYPICAL}","detail":"{usual}","effect":{typical}e-9}},'
        f'{{"factor":"{Factor.PURCHASE_RATE}","detail":"%s in %s weeks","effect":%de-9}},'
        f'{{"factor":"{Factor.SILENCE}","detail":"%d days since the last purchase; '
        f'still a customer with probability %s","effect":%de-9}},'
        f'{{"factor":"{Factor.EXPERIENCE}","detail":"What the back-test taught","effect":%de-9}}]'
    )


def _told(template: str, numbers: "tuple[np.typing.NDArray[np.generic], ...]") -> list[bytes]:
    purchases, weeks, days, alive, rate, silence, experience = (each.astype(np.int64) for each in numbers)
    columns = (
        ["1 purchase day" if bought == 1 else f"{bought} purchase days" for bought in purchases.tolist()],
        [f"{tenths // 10}.{tenths % 10}" for tenths in weeks.tolist()],
        *(each.tolist() for each in (rate, days)),
        [_SHARES[hundredths] for hundredths in alive.tolist()],
        *(each.tolist() for each in (silence, experience)),
    )
    return "\n".join(map(template.__mod__, zip(*columns, strict=True))).encode().split(b"\n")


_SHARES = [f"{hundredths / 100:.2f}" for hundredths in range(101)]


def _tenths(values: Floats) -> Floats:
    return np.rint(values * 10)


def _hundredths(shares: Floats) -> Floats:
    return np.clip(np.rint(shares * 100), 0, 100)


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

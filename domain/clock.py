"""Time: instants in UTC, days in the organization's time zone, durations; told as Postgres tells them."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration: calendar months, and everything shorter as exact time."""

    months: int
    rest: timedelta

    @staticmethod
    def parse(text: str) -> "Duration":
        """From text such as P90D, P1Y or PT36H; ValueError says what is expected."""
        found = _DURATION.fullmatch(text)
        if not found:
            raise ValueError("is no ISO 8601 duration such as P90D, P1M or P1Y")
        part = {name: int(value or 0) for name, value in found.groupdict().items()}
        rest = timedelta(weeks=part["weeks"], days=part["days"], hours=part["hours"], minutes=part["minutes"])
        return Duration(part["years"] * 12 + part["months"], rest + timedelta(seconds=part["seconds"]))

    @property
    def told(self) -> str:
        """As ISO 8601 writes it, in its longest parts: P1Y6M, P7D, PT36H is P1DT12H."""
        years, months = divmod(self.months, 12)
        minutes, seconds = divmod(self.rest.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days = _parts((years, "Y"), (months, "M"), (self.rest.days, "D"))
        clock = _parts((hours, "H"), (minutes, "M"), (seconds, "S"))
        return f"P{days}T{clock}" if clock else f"P{days or '0D'}"

    @property
    def years(self) -> float:
        """About how many."""
        return self.months / 12 + self.rest / timedelta(days=365.25)

    def before(self, moment: datetime) -> datetime:
        return add_months(moment, -self.months) - self.rest

    def after(self, moment: datetime) -> datetime:
        return add_months(moment, self.months) + self.rest


def _parts(*parts: tuple[int, str]) -> str:
    return "".join(f"{count}{unit}" for count, unit in parts if count)


def add_months(moment: datetime, months: int) -> datetime:
    """A calendar month later or earlier, clamped to the month's end."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def told(moment: datetime) -> str:
    """The instant as Postgres writes it in JSON under UTC: 2026-03-01T09:30:00.25+00:00."""
    text = moment.astimezone(UTC).isoformat()
    head, dot, fraction = text.removesuffix("+00:00").partition(".")
    return f"{head}{dot}{fraction.rstrip('0')}+00:00"

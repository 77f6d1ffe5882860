"""The rejects file: line, field and reason of every refused row; what stood in it may be personal and stays out."""

import csv
import re
from collections.abc import Iterable
from typing import Protocol, TextIO

import orjson

from domain.transfer.kinds import Form, Reject, Summary

_NUMBER = re.compile(r"\.\d+(?=\.|$)")
_MOST_REASONS = 1_000
_HEADER = ("line", "field", "code", "reason")


class _Writer(Protocol):
    def writerow(self, row: Iterable[object], /) -> object: ...


class Rejects:
    """Writes refused rows where there is a file for them, and counts them by reason in any case."""

    def __init__(self, out: TextIO | None, form: Form, summary: Summary) -> None:
        self._out, self._summary = out, summary
        self._csv: _Writer | None = None
        if out is not None and form is Form.CSV:
            self._csv = csv.writer(out)
            self._csv.writerow(_HEADER)

    def add(self, reject: Reject) -> None:
        self._summary.rows_rejected += 1
        field = _NUMBER.sub(".N", reject.field)
        reason = f"{field} {reject.reason}".strip()
        known = reason in self._summary.reasons or len(self._summary.reasons) < _MOST_REASONS
        self._summary.reasons[reason if known else "other reasons"] += 1
        if self._csv is not None:
            self._csv.writerow(reject)
        elif self._out is not None:
            self._out.write(orjson.dumps(reject._asdict()).decode() + "\n")

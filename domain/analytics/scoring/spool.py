"""What a full run keeps on disk between its looks at everybody: memory holds one batch, however many there are."""

import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from domain.analytics.models.histories import Floats
from domain.analytics.scoring.foresight import AHEAD
from domain.analytics.scoring.summaries import LAYOUT
from domain.analytics.scoring.tallies import Portion
from domain.analytics.scoring.wire import Rows

FORESEEN = 10
"""Numbers that are foreseen of a customer: the fields of foresight.Foresight."""


def _file() -> IO[bytes]:
    """Without a name: it is gone with the process, however that ends."""
    return tempfile.TemporaryFile()


@dataclass(slots=True)
class Spool:
    """Summaries, outlooks, what is foreseen of each, and what was read of the facts and is to be kept."""

    file: IO[bytes] = field(default_factory=_file)
    outlooks: IO[bytes] = field(default_factory=_file)
    ahead: IO[bytes] = field(default_factory=_file)
    fresh: IO[bytes] = field(default_factory=_file)
    sizes: list[int] = field(default_factory=list)
    _looked: list[int] = field(default_factory=list)
    _rewound: bool = False

    @property
    def customers(self) -> int:
        return sum(self.sizes)

    def keep(self, rows: Rows, outlook: Floats) -> None:
        """Of a batch: the summaries, and a row of the outlook for as many of them as have one."""
        self.file.write(rows.tobytes())
        self.sizes.append(len(rows))
        self.outlooks.write(outlook.tobytes())
        self._looked.append(len(outlook))

    def batches(self) -> Iterator[tuple[slice, Rows]]:
        """Each batch, and where it stands among everybody."""
        self.file.seek(0)
        begin = 0
        for size in self.sizes:
            data = self.file.read(size * LAYOUT.itemsize)
            yield slice(begin, begin + size), np.frombuffer(data, dtype=LAYOUT)
            begin += size

    def outlook(self) -> Iterator[Floats]:
        """Batch by batch."""
        self.outlooks.seek(0)
        for size in self._looked:
            yield np.frombuffer(self.outlooks.read(size * AHEAD * 8)).reshape(size, AHEAD)

    def foresee(self, foreseen: Floats) -> None:
        """Of the next batch: a row a customer."""
        self.ahead.write(foreseen.tobytes())

    def foreseen(self, count: int) -> Floats:
        """Of the next batch, from the beginning once all are there."""
        if not self._rewound:
            self.ahead.seek(0)
            self._rewound = True
        data = self.ahead.read(count * FORESEEN * 8)
        return np.frombuffer(data).reshape(count, FORESEEN)

    def remember(self, portion: Portion) -> None:
        pickle.dump(portion, self.fresh)

    def remembered(self) -> Iterator[Portion]:
        self.fresh.seek(0)
        while True:
            try:
                portion: Portion = pickle.load(self.fresh)
            except EOFError:
                return
            yield portion

    def close(self) -> None:
        self.file.close()
        self.outlooks.close()
        self.ahead.close()
        self.fresh.close()

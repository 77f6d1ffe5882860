"""What customers have bought: a number for each product, even, and for each category, odd. No database here."""

from dataclasses import dataclass

import numpy as np

from domain.analytics.models.histories import Ints

BOUGHT = ("products", "categories")
"""How many different ones: what is counted in a basket."""
_NUMBER = np.dtype(">i8")


@dataclass(frozen=True, slots=True)
class Baskets:
    """Of so many customers, each number once, in the order of owner and number."""

    owner: Ints
    number: Ints
    count: int

    @classmethod
    def read(cls, octets: bytes, lengths: Ints) -> "Baskets":
        """`lengths` tells how many octets are whose; a number may occur again and again."""
        each = lengths // _NUMBER.itemsize
        owner = np.repeat(np.arange(len(each)), each)
        number = np.frombuffer(octets, dtype=_NUMBER).astype(np.int64)
        order = np.lexsort((number, owner))
        owner, number = owner[order], number[order]
        new = np.ones(len(owner), dtype=np.bool_)
        new[1:] = (owner[1:] != owner[:-1]) | (number[1:] != number[:-1])
        return cls(owner[new], number[new], len(each))

    def counts(self) -> dict[str, Ints]:
        odd = (self.number & 1).astype(np.bool_)
        of = {"products": self.owner[~odd], "categories": self.owner[odd]}
        return {name: np.bincount(owners, minlength=self.count) for name, owners in of.items()}

    def parts(self) -> list[bytes]:
        """Of each customer."""
        octets = self.number.astype(_NUMBER).tobytes()
        return cut(octets, np.bincount(self.owner, minlength=self.count) * _NUMBER.itemsize)


def cut(octets: bytes, lengths: Ints) -> list[bytes]:
    ends = lengths.cumsum().tolist()
    return [octets[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]

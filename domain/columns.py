"""How columns and tables are declared: placement for Citus, and the personal tag.

Every text column says whether it is personal; a test fails on one that does not.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine
from sqlmodel import Field


class Placement(StrEnum):
    """Where a table's rows live when one Postgres becomes many."""

    DISTRIBUTED = "distributed"
    REFERENCE = "reference"
    LOCAL = "local"


def distributed(by: str = "customer_id") -> dict[str, object]:
    """Rows live with the value of this column, the first of the primary key."""
    return {"info": {"placement": Placement.DISTRIBUTED, "by": by}}


REFERENCE: dict[str, object] = {"info": {"placement": Placement.REFERENCE}}
LOCAL: dict[str, object] = {"info": {"placement": Placement.LOCAL}}

MONEY = Numeric(20, 6)


def _column(
    type_: TypeEngine[Any], *, key: bool, null: bool, default: str | None, personal: bool | None, name: str | None
) -> Any:
    info = {} if personal is None else {"personal": personal}
    made = text(default) if default is not None else None
    arguments: dict[str, Any] = {"primary_key": key, "nullable": null and not key, "server_default": made, "info": info}
    arguments["autoincrement"] = False
    column = Column(name, type_, **arguments) if name else Column(type_, **arguments)
    return Field(default=None, sa_column=column)


def uuid(*, key: bool = False, null: bool = False, personal: bool | None = None) -> Any:
    """An id, or a key that is made of something; such a one is personal where that is."""
    return _column(Uuid(), key=key, null=null, default=None, personal=personal, name=None)


def words(*, personal: bool, key: bool = False, null: bool = False, default: str | None = None) -> Any:
    """Text; personal tells whether it may name or describe a person."""
    return _column(Text(), key=key, null=null, default=default, personal=personal, name=None)


def folded(*, personal: bool, null: bool = False, default: str | None = None) -> Any:
    """A fold key (NFKC, casefold) that orders and compares alike on every machine."""
    return _column(Text(collation="C"), key=False, null=null, default=default, personal=personal, name=None)


def word_list(*, personal: bool) -> Any:
    return _column(ARRAY(Text()), key=False, null=False, default="'{}'", personal=personal, name=None)


def big_list(*, personal: bool = False) -> Any:
    return _column(ARRAY(BigInteger()), key=False, null=False, default="'{}'", personal=personal, name=None)


def instant_list(*, personal: bool = False) -> Any:
    made = ARRAY(DateTime(timezone=True))
    return _column(made, key=False, null=False, default="'{}'", personal=personal, name=None)


def uuid_list() -> Any:
    """Ids of others; null where there are none."""
    return _column(ARRAY(Uuid()), key=False, null=True, default=None, personal=False, name=None)


def json(*, personal: bool, null: bool = False, default: str | None = "'{}'") -> Any:
    default = None if null else default
    return _column(JSONB(none_as_null=True), key=False, null=null, default=default, personal=personal, name=None)


def whole(*, key: bool = False, null: bool = False, default: str | None = None) -> Any:
    return _column(Integer(), key=key, null=null, default=default, personal=None, name=None)


def small(*, key: bool = False, null: bool = False, default: str | None = None) -> Any:
    return _column(SmallInteger(), key=key, null=null, default=default, personal=None, name=None)


def big(*, key: bool = False, null: bool = False, default: str | None = None) -> Any:
    return _column(BigInteger(), key=key, null=null, default=default, personal=None, name=None)


def real(*, null: bool = False, default: str | None = None) -> Any:
    return _column(Double(), key=False, null=null, default=default, personal=None, name=None)


def narrow(*, null: bool = False) -> Any:
    """A real number of seven digits, in half the room."""
    return _column(REAL(), key=False, null=null, default=None, personal=None, name=None)


def money(*, null: bool = False, default: str | None = None) -> Any:
    return _column(MONEY, key=False, null=null, default=default, personal=None, name=None)


def instant(*, key: bool = False, null: bool = False) -> Any:
    return _column(DateTime(timezone=True), key=key, null=null, default=None, personal=None, name=None)


def day(*, key: bool = False, null: bool = False, personal: bool = False) -> Any:
    return _column(Date(), key=key, null=null, default=None, personal=personal, name=None)


def truth(*, default: str | None = "false", null: bool = False) -> Any:
    return _column(Boolean(), key=False, null=null, default=default, personal=None, name=None)


def octets(*, key: bool = False, null: bool = False) -> Any:
    return _column(LargeBinary(), key=key, null=null, default=None, personal=None, name=None)


def one_of(column: str, values: type[StrEnum], table: str) -> CheckConstraint:
    """Text + CHECK in place of a database enum."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{table}_{column}_known")

"""What a generated selection has already said under each response key, so that what is said again can be merged."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Said:
    """A field under a response key: its name and arguments as written, and the selections below it."""

    name: str
    arguments: str
    below: "Scope"


@dataclass(slots=True)
class Scope:
    """One object of the answer, however many selection sets and fragments speak of it."""

    keys: dict[str, Said] = field(default_factory=dict)
    # Types of one interface must say things of one shape under one key: each gets keys of its own.
    aliased: bool = False
    types: "dict[str, Scope]" = field(default_factory=dict)

    def of(self, type_: str) -> "Scope":
        return self.types.setdefault(type_, Scope(aliased=True))


@dataclass(slots=True)
class Text:
    """The document as it grows: its variables with their types and values, its fragments, and fresh names."""

    declared: dict[str, str] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    names: int = 0

    def fresh(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def variable(self, type_: str, value: object, *, default: str | None = None, given: bool = True) -> str:
        name = self.fresh("v")
        self.declared[name] = type_ + (f" = {default}" if default is not None else "")
        if given:
            self.values[name] = value
        return f"${name}"

    def whole(self, selection: str) -> str:
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.declared.items())
        return "\n".join([f"query Generated{f'({declared})' if declared else ''} {selection}", *self.fragments])

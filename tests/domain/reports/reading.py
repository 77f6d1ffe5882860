"""A page as a reader meets it: its sections, what stands in each, the tables as rows of words, every address in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "link", "img", "hr", "input"}
_ADDRESSES = {"href", "src", "action", "data", "poster", "srcset", "xlink:href"}


@dataclass
class Place:
    """A section; pictures by what they say to who cannot see them."""

    heading: str = ""
    titles: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)


class Page(HTMLParser):
    """Parsed whole: what is opened must be closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: dict[str, Place] = {}
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._said: dict[int, str] = {}
        self._place = Place()
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes |= set(given)
        self.ids += [str(given["id"])] if "id" in given else []
        self.addresses += [str(given[name]) for name in _ADDRESSES & set(given)]
        if tag == "section":
            self._place = self.sections.setdefault(str(given["id"]), Place())
        elif tag == "svg":
            self._place.pictures.append(given.get("aria-label") or "")
        elif tag == "table":
            self._place.tables.append([])
        elif tag == "tr":
            self._place.tables[-1].append([])
        if tag not in _VOID:
            self._open.append((tag, given))
            self._said[len(self._open)] = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        said = self._said.pop(len(self._open))
        opened, given = self._open.pop()
        assert opened == tag, f"{opened} is closed by {tag}"
        if tag in ("th", "td"):
            self._place.tables[-1][-1].append(said)
        elif tag == "h2":
            self._place.heading = said
        elif tag == "h3":
            self._place.titles.append(said)
        elif tag == "figcaption":
            self._place.captions.append(said)
        elif tag == "p" and given.get("class") == "missing":
            self._place.missing.append(said)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] != "style":
            self.words += data
            self._said[len(self._open)] += data

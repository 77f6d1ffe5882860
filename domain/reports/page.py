"""The page: one file that opens from a disk, with nothing in it that runs or is fetched."""

from functools import cache
from html import escape
from pathlib import Path

from domain.reports import sections_behaviour, sections_model, sections_money, sections_value
from domain.reports.exhibits import Exhibit, Section, Table
from domain.reports.facts import Portrait
from domain.reports.tracking import Held
from domain.reports.wording import count, money

MARK = '<meta name="generator" content="rapport report">'
"""Stands in the first lines of every page, so that the next one knows what it may replace."""
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
{mark}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
"""


def page(portrait: Portrait, held: Held | None) -> str:
    """The same for the same portrait, to the letter."""
    sections = (
        sections_value.value(portrait),
        sections_behaviour.behaviour(portrait),
        sections_money.earnings(portrait),
        sections_model.model(portrait, held),
    )
    title = f"What customers are worth, as of {portrait.today}"
    head = _HEAD.format(mark=MARK, title=escape(title), style=_style())
    body = "\n".join(_section(section) for section in sections)
    opening, closing = _opening(portrait, title, sections), _closing(portrait)
    return f"{head}<body>\n{opening}\n<main>\n{body}\n</main>\n{closing}</body>\n</html>\n"


@cache
def _style() -> str:
    return (Path(__file__).parent / "page.css").read_text()


def _opening(portrait: Portrait, title: str, sections: tuple[Section, ...]) -> str:
    orders, revenue, profit = (
        sum(getattr(row, column) for row in portrait.earned) for column in ("orders", "revenue", "profit")
    )
    figures = (
        ("customers", count(portrait.customers)),
        ("have bought", count(portrait.buyers)),
        ("orders", count(orders)),
        (f"revenue, {portrait.currency}", money(revenue)),
        (f"profit, {portrait.currency}", money(profit)),
    )
    told = "".join(f"<div><dt>{escape(word)}</dt><dd>{escape(number)}</dd></div>" for word, number in figures)
    links = "".join(f'<a href="#{section.place}">{escape(section.title)}</a>' for section in sections)
    heading = f"<h1>{escape(title).replace(' as of ', ' <span>as of ')}</span></h1>"
    return f"<header>\n{heading}\n<dl>{told}</dl>\n<nav>{links}</nav>\n</header>"


def _closing(portrait: Portrait) -> str:
    scored = (
        f"Scores are as of {portrait.scored:%Y-%m-%d %H:%M} UTC." if portrait.scored else "There are no scores yet."
    )
    said = (
        f"{scored} Days are those of {portrait.time_zone}; a purchase is a day with at least one order that stands."
        " The figures are sums over groups; no customer is named. Written by rapport report."
    )
    return f"<footer><p>{escape(said)}</p></footer>\n"


def _section(section: Section) -> str:
    parts = [f'<section id="{section.place}">', f"<h2>{escape(section.title)}</h2>"]
    if section.lead:
        parts.append(f"<p>{escape(section.lead)}</p>")
    parts += [f'<p class="missing">{escape(said)}</p>' for said in section.missing]
    parts += [_exhibit(exhibit) for exhibit in section.exhibits]
    parts += [f'<div class="alone">{_table(table)}</div>' for table in section.tables]
    return "\n".join([*parts, "</section>"])


def _exhibit(exhibit: Exhibit) -> str:
    title, said = escape(exhibit.title), escape(exhibit.said)
    picture = f"<figure>\n{exhibit.picture}\n<figcaption>{said}</figcaption>\n</figure>"
    return f"<article>\n<h3>{title}</h3>\n{picture}\n{_table(exhibit.table, exhibit.title)}\n</article>"


def _table(table: Table, about: str = "") -> str:
    kinds = [' class="w"' if column < table.words else "" for column in range(len(table.columns))]
    head = "".join(
        f'<th scope="col"{kind}>{escape(column)}</th>' for kind, column in zip(kinds, table.columns, strict=True)
    )
    rows = "\n".join(_row(row, kinds) for row in table.rows)
    caption = f"<caption>{escape(table.title)}</caption>" if table.title else ""
    label = escape(table.title or f"{about}, the figures")
    return (
        f'<div class="table{" tall" * table.tall}" role="group" tabindex="0" aria-label="{label}"><table>{caption}'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(row: tuple[str, ...], kinds: list[str]) -> str:
    cells = "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds[1:], row[1:], strict=True))
    return f'<tr><th scope="row" class="w">{escape(row[0])}</th>{cells}</tr>'

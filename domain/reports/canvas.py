"""Pictures as SVG that stands in the page: its text is text, its colours are the page's, its ids are its own.

Colours are drawn as stand-ins and written as the page's variables, so that one picture is right by day and by night."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape

from matplotlib import rc_context, rcdefaults, rcParams
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

INK, SOFT, RULE = "#101112", "#505152", "#c0c1c2"
SEEN, EXPECTED, HEAT, LOSS, PAPER = "#0a5b8c", "#c8611a", "#2474b3", "#b3342d", "#fdfdfb"
_VARIABLES = {
    INK: "ink",
    SOFT: "soft",
    RULE: "rule",
    SEEN: "seen",
    EXPECTED: "expected",
    HEAT: "heat",
    LOSS: "loss",
    PAPER: "paper",
}
WIDTH, POINT = 460, 72
_STYLE: dict[RcKeyType, object] = {
    "svg.fonttype": "none",
    "font.size": 11,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.labelsize": 11,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
}
_TAG = re.compile(r"<[^>]*>")
_LEFT_OUT = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL)
_NAMED = re.compile(r'\sid="([^"]*)"')
_MEANT = re.compile(r'(href="#|url\(#)([^")]*)')
_HOUSE = re.compile(r"font-family: [^;\"]*;?\s*|\sxmlns(?::\w+)?=\"[^\"]*\"")


@dataclass(frozen=True, slots=True)
class Sheet:
    """An empty picture with one pair of axes."""

    figure: Figure
    axes: Axes


@contextmanager
def _style() -> Iterator[None]:
    """Ours alone: what a person has settled for pictures on this machine makes no other page."""
    with rc_context():
        rcdefaults()
        rcParams.update(_STYLE)
        yield


@contextmanager
def sheet(height: int, *, grid: str | None = "y") -> Iterator[Sheet]:
    """To draw on within the block; `height` in the units of WIDTH, grid lines across one axis or none."""
    with _style():
        figure = Figure(figsize=(WIDTH / POINT, height / POINT), dpi=POINT, layout="constrained")
        axes = figure.add_subplot()
        if grid == "y":
            axes.grid(axis="y")
            axes.spines["left"].set_visible(False)
        elif grid == "x":
            axes.grid(axis="x")
            axes.spines["bottom"].set_visible(False)
            axes.tick_params(axis="x", length=0)
        yield Sheet(figure, axes)


def inline(drawn: Sheet, name: str, alternative: str) -> str:
    """The picture as an element of the page; `alternative` tells it to who cannot see it, `name` is of this one."""
    written = io.StringIO()
    metadata: dict[str, str | None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _style(), rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        # Letters that its font lacks are drawn by the reader's browser, which has its own.
        warnings.filterwarnings("ignore", message="Glyph")
        FigureCanvasSVG(drawn.figure).print_svg(written, metadata=metadata)  # type: ignore[no-untyped-call]
    text = _LEFT_OUT.sub("", written.getvalue())
    head, body = text[text.index("<svg") :].split(">", 1)
    meant = {place for _, place in _MEANT.findall(body)}
    box = head.split('viewBox="', 1)[1].split('"', 1)[0]
    opening = f'<svg viewBox="{box}" role="img" aria-label="{escape(alternative)}">'
    return opening + _TAG.sub(lambda tag: _of_the_page(tag[0], name, meant), body).strip()


def _of_the_page(tag: str, name: str, meant: set[str]) -> str:
    """Only ids that are meant stay, under the picture's name; letters and colours are the page's."""
    tag = _NAMED.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in meant else "", tag)
    tag = _MEANT.sub(rf"\g<1>{name}-\g<2>", tag.replace("xlink:href", "href"))
    tag = _HOUSE.sub("", tag).replace("\n", "")
    for colour, variable in _VARIABLES.items():
        tag = tag.replace(colour, f"var(--{variable})")
    return tag

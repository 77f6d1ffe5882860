"""`rapport report`: a page that a browser shows whole, from data of our own; and what it refuses to write over."""

import asyncio
import base64
import io
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from PIL import Image

from domain.database import Database, connect
from domain.reports import MARK
from tests.api.cli.terminal import Terminal
from tests.domain.reports.reading import Page
from tests.domain.reports.world import CATEGORIES, SECRETS, settled
from tests.support import chromium, keeper


@pytest.fixture(scope="module")
def house() -> tuple[str, list[UUID]]:
    """A database of scored customers, and who they are."""
    url = keeper.ask("database")

    async def fill() -> list[UUID]:
        database = Database(url)
        ids = await settled(database, 200)
        await database.close()
        return ids

    return url, asyncio.run(fill())


@pytest.fixture(scope="module")
def written(house: tuple[str, list[UUID]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    said = Terminal(folder, house[0])("report", "new/pages")
    assert (said.code, said.out.split(":")[0]) == (0, "new/pages/index.html")
    assert "drawing" in said.err
    return folder / "new" / "pages" / "index.html"


@pytest.mark.proof
def test_all_sections_are_there_and_nobody_is_named(written: Path, house: tuple[str, list[UUID]]) -> None:
    text = written.read_text(encoding="utf-8")
    read = Page(text)
    assert list(read.sections) == ["value", "behaviour", "earnings", "model"]
    assert sum(len(section.pictures) for section in read.sections.values()) == 13
    assert "://" not in text
    assert not [secret for secret in SECRETS if secret in text]
    assert not [of for of in house[1] if of.hex in text or str(of) in text]
    assert all(name in read.words for name in CATEGORIES)


@pytest.mark.proof
def test_the_next_page_takes_the_place_of_the_last_and_is_the_same(
    written: Path, house: tuple[str, list[UUID]]
) -> None:
    before = written.read_bytes()
    said = Terminal(written.parent, house[0])("report", ".")
    assert (said.code, "in place of the one before" in said.out) == (0, True)
    assert written.read_bytes() == before
    assert [path.name for path in written.parent.iterdir()] == ["index.html"]


@pytest.fixture
def browser() -> str:
    """The browser's program. CI installs one, so there its absence is a failure."""
    if program := chromium.find():
        return program
    if os.environ.get("CI") == "true":
        pytest.fail("CI installs chromium, and there is none")
    pytest.skip("there is no chromium on this machine")


async def _seen(tab: chromium.Tab) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """What the window shows, as pixels."""
    shot = await tab.send("Page.captureScreenshot", format="png")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB"))


async def _wear(tab: chromium.Tab, scheme: str) -> None:
    await tab.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


_SIZES = "[...document.querySelectorAll('svg')].map(e => [e.getBoundingClientRect()].map(b => [b.width, b.height])[0])"
_SMALLEST = "Math.min(...[...document.querySelectorAll('svg text')].map(e => e.getBoundingClientRect().height))"


@pytest.mark.proof
@pytest.mark.browser
async def test_a_browser_shows_every_picture_by_day_by_night_and_on_a_phone(browser: str, written: Path) -> None:
    async with chromium.launch(browser) as tab:
        await tab.open(written.as_uri())
        await tab.until("document.readyState === 'complete' && document.querySelectorAll('svg').length === 13")
        sizes = await tab.ask(_SIZES)
        assert all(width > 400 and height > 100 for width, height in sizes)
        await _wear(tab, "light")
        day = await _seen(tab)
        await _wear(tab, "dark")
        night = await _seen(tab)
        assert day.mean() > 200 > 60 > night.mean()
        assert all(len(np.unique(shot.reshape(-1, 3), axis=0)) > 50 for shot in (day, night))

        await tab.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
        await tab.until("innerWidth === 390")
        assert await tab.ask("document.documentElement.scrollWidth") <= 390
        assert all(300 < width <= 390 for width, _ in await tab.ask(_SIZES))
        assert await tab.ask(_SMALLEST) > 8

        printed = await tab.send("Page.printToPDF", printBackground=True)
        assert base64.b64decode(printed["data"]).startswith(b"%PDF")
        assert tab.problems == []
        assert [address for address in tab.asked if not address.startswith("data:")] == [written.as_uri()]


@pytest.fixture
def rapport(tmp_path: Path, database_url: str) -> Terminal:
    return Terminal(tmp_path, database_url)


def test_an_empty_database_makes_a_page_that_says_so(rapport: Terminal) -> None:
    assert rapport("report", "out").code == 0
    read = Page((rapport.folder / "out" / "index.html").read_text(encoding="utf-8"))
    assert all(section.missing and not section.pictures for section in read.sections.values())


def test_a_page_of_somebody_else_is_left_alone(rapport: Terminal) -> None:
    theirs = rapport.folder / "index.html"
    theirs.write_bytes(b"<h1>mine \xff</h1>")
    said = rapport("report", ".")
    assert (said.code, said.out) == (2, "")
    assert "is no report of Rapport" in said.err
    assert theirs.read_bytes() == b"<h1>mine \xff</h1>"
    theirs.unlink()
    (rapport.folder / "ours.html").write_text(MARK)
    theirs.symlink_to("ours.html")
    assert rapport("report", ".").code == 2
    assert (rapport.folder / "ours.html").read_text() == MARK


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_folder_that_is_a_file_is_refused_before_anything_is_read(rapport: Terminal, folder: str) -> None:
    (rapport.folder / "file").write_text("x")
    said = Terminal(rapport.folder, "postgresql://nobody@127.0.0.1:1/none")("report", folder)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert said.err.startswith(f"error: {folder}: is a file")


def test_a_folder_that_may_not_be_written_to_is_refused(rapport: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    said = rapport("report", "out")
    assert (said.code, "may not be written to" in said.err) == (2, True)


def test_a_disk_that_is_full_leaves_the_last_page(rapport: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rapport("report", "out").code == 0
    file = rapport.folder / "out" / "index.html"
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    said = rapport("report", "out")
    assert (said.code, "No space left" in said.err) == (2, True)
    assert [path.name for path in file.parent.iterdir()] == ["index.html"]
    assert file.read_bytes() == before


def test_a_database_that_is_away_or_not_migrated_is_told_in_a_line(rapport: Terminal, database_url: str) -> None:
    away = Terminal(rapport.folder, f"postgresql://rapport@/rapport?host={rapport.folder}")("report", "out")
    assert (away.code, "Traceback" in away.err) == (2, False)

    async def forget() -> None:
        connection = await connect(database_url)
        await connection.execute("DELETE FROM alembic_version")
        await connection.close()

    asyncio.run(forget())
    bare = rapport("report", "out")
    assert (bare.code, "run `rapport migrate`" in bare.err) == (2, True)

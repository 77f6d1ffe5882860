"""Files stay short, functions shorter, every room has a name that says what lives there."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

from tests.house.checkout import FLOORS, ROOT, files, modules, told, tree

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
VAGUE = {"service", "services", "manager", "managers", "utils", "util", "helpers", "helper", "base", "core", "common"}
VAGUE |= {"misc", "stuff", "shared", "lib"}
_DOCSTRING = re.compile(r'"""(.+?)"""\n', re.DOTALL)
_DOCUMENT = re.compile(r"\b[a-z][\w-]*\.md\b")
TOP = {"api", "schema", "domain", "jobs", "migrations", "tests", "alembic.ini", "pyproject.toml", "README.md"}
TOP |= {"Makefile", ".ci", "LICENSE", "NOTICE", "requirements.lock", "requirements-dev.lock"}
TOP |= {".gitignore", ".gitattributes", ".dockerignore", ".editorconfig"}


def test_the_top_level_holds_only_what_was_agreed() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in files("")}
    assert tops <= TOP, f"nothing else belongs at the top: {sorted(tops - TOP)}"


def test_every_import_runs_down() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_are_short() -> None:
    lines = {told(path): path.read_text().count("\n") for path in modules(*FLOORS, "tests")}
    long = {name: count for name, count in lines.items() if count > MOST_LINES_OF_A_FILE}
    assert not long, f"find the nouns that deserve rooms of their own: {long}"


def test_every_module_opens_with_what_lives_in_it() -> None:
    texts = {told(path): path.read_text() for path in modules(*FLOORS, "tests")}
    openings = {name: _opening(text) for name, text in texts.items() if text}
    assert not [name for name, said in openings.items() if not said]
    assert not [name for name, said in openings.items() if said.count("\n") >= 6], "longer than six lines"


def _opening(text: str) -> str:
    """The docstring; without parsing what comes after it, which takes seconds for all modules."""
    found = _DOCSTRING.match(text)
    return cleandoc(found[1]) if found else ""


def test_no_function_is_longer_than_a_thought() -> None:
    lengths = {(told(path), name): length for path in modules(*FLOORS) for name, length in _functions(tree(path))}
    assert not {place: length for place, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION}


def _functions(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False)
            said = documented.count("\n") + 1 if documented else 0
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - said


def test_no_room_has_a_vague_name() -> None:
    vague = [told(path) for path in modules(*FLOORS, "tests") if VAGUE & {*path.parent.parts, path.stem}]
    assert not vague


def test_nothing_names_a_machine_or_an_index_host() -> None:
    """What is committed runs anywhere: no path of the machine it was written on, no host that packages come from."""
    hosts = (
        "pypi" + ".org",
        "files.python" + "hosted.org",
        "registry.npmjs" + ".org",
        "/opt/" + "wheels",
        "/ro" + "ot/",
    )
    text = [path for path in files("") if path.suffix not in {".gz", ".xz", ".zst", ".br", ".png", ".ico"}]
    named = [(told(path), host) for path in text for host in hosts if host in path.read_text(errors="ignore")]
    assert not named


def test_no_comment_cites_a_document_that_is_not_here() -> None:
    """Whoever reads this in years has this repository, and nothing else that was at hand when it was written."""
    there = {path.name for path in files(".md")}
    cited = [(told(path), name) for path in files(".py", ".sql") for name in _DOCUMENT.findall(path.read_text())]
    assert not [one for one in cited if one[1] not in there]

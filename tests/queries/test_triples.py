"""Golden triples: a question, the one statement that it becomes, and its answer.

To accept what changed: `GOLDEN=write make test`, and read the difference before committing it.
"""

import os
import re
from pathlib import Path

import orjson
import pytest

from domain.access.principal import OPERATOR, Principal
from domain.query.run import run
from domain.query.writing import MARK
from tests.domain.query.world import MASKED, TILL, House, asked
from tests.queries.furnish import furnish

HERE = Path(__file__).parent
TRIPLES = sorted(path.parent for path in HERE.glob("*/question.graphql"))
CALLERS: dict[str, Principal] = {"operator": OPERATOR, "analyst": MASKED, "partner": TILL}


def caller(question: str) -> Principal:
    """Who asks stands in the question's first comment: `# Asked by the analyst.`"""
    said = re.match(r"# Asked by the (\w+)", question)
    return CALLERS[said[1] if said else "operator"]


def laid_out(sql: str) -> str:
    """The statement with each select on a line of its own, as deep as it stands."""
    text, depth = "", 0
    for part in re.split(r"(\(SELECT |\(|\)| FROM | WHERE | ORDER BY )", sql.replace(MARK, "~mark~").replace("\n", "")):
        if part in ("(SELECT ", " FROM ", " WHERE "):
            text += "\n" + "  " * (depth + (part == "(SELECT ")) + part.lstrip()
        else:
            text += part
        depth += part.startswith("(") - (part == ")")
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def golden(path: Path, told: str) -> None:
    if os.environ.get("GOLDEN") == "write":
        path.write_text(told)
    assert path.read_text() == told


@pytest.mark.parametrize("triple", TRIPLES, ids=[path.name for path in TRIPLES])
async def test_a_question_its_statement_and_its_answer(house: House, triple: Path) -> None:
    await furnish(house)
    text = (triple / "question.graphql").read_text()
    plan = asked(text, caller=caller(text))
    golden(triple / "statement.sql", laid_out(plan.statement.sql))
    answer = orjson.loads(await run(house.tx, plan))
    golden(triple / "answer.json", orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n")


def test_there_are_triples() -> None:
    assert len(TRIPLES) >= 10

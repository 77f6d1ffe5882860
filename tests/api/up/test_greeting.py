"""The printed questions are questions of our schema, in words that say what they mean."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from api.up import greeting
from api.up.greeting import QUESTIONS, Question
from api.up.place import Place

SDL = Path(__file__).parents[3] / "schema" / "schema.graphql"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.means[:24])
def test_a_printed_question_is_valid(question: Question) -> None:
    assert validate(build_schema(SDL.read_text()), parse(question.text)) == []


def test_address_key_and_questions_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    greeting.say("http://127.0.0.1:8000", "rap_abc", Place.at(tmp_path), seconds=1.23)
    said = capsys.readouterr().out
    for part in ("http://127.0.0.1:8000/graphql", "http://127.0.0.1:8000/explorer", "rap_abc", "after 1.2 s"):
        assert part in said
    assert said.count("?") >= len(QUESTIONS) == 3

"""Commands answer people in words and scripts in JSON; what is wrong is told in one line with its remedy."""

import json
import stat
from pathlib import Path

import pytest

from schema.root import print_sdl
from tests.api.cli.terminal import Terminal


@pytest.fixture
def rapport(tmp_path: Path, database_url: str) -> Terminal:
    return Terminal(tmp_path, database_url)


def test_a_key_is_made_listed_and_revoked(rapport: Terminal) -> None:
    made = rapport("key", "create", "--name", "shop", "--role", "partner", "--source", "shop", "--json")
    key = json.loads(made.out)
    assert made.code == 0
    assert key["secret"].startswith("rap_")
    assert (key["role"], key["source"], key["readsPersonalData"]) == ("PARTNER", "shop", False)
    assert key["secret"] not in rapport("key", "list", "--json").out
    revoked = rapport("key", "revoke", key["id"], "--json")
    assert json.loads(revoked.out)["revokedAt"] is not None


def test_what_is_wrong_is_one_line_that_names_the_field_and_the_remedy(rapport: Terminal) -> None:
    refused = rapport("key", "create", "--name", "shop", "--role", "partner")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("error: source: ")
    assert refused.err.count("\n") == 1
    assert rapport("key", "revoke", "key_nobody").code == 2


def test_without_a_deployment_a_command_says_how_to_get_one(tmp_path: Path) -> None:
    nowhere = Terminal(tmp_path, "", secret="")("key", "list")
    assert nowhere.code == 2
    assert "DATABASE_URL is not set" in nowhere.err
    assert "rapport up" in nowhere.err


def test_a_database_that_does_not_answer_is_no_trace(tmp_path: Path) -> None:
    silent = Terminal(tmp_path, f"postgresql://rapport@/rapport?host={tmp_path}")("key", "list")
    assert silent.code == 2
    assert silent.err.startswith("error: ")
    assert "Traceback" not in silent.err


def test_the_schema_that_is_printed_is_the_one_that_is_served(rapport: Terminal) -> None:
    assert rapport("schema").out.strip() == print_sdl().strip()


def test_migrating_twice_says_that_there_was_nothing_to_do(rapport: Terminal) -> None:
    assert rapport("migrate").out.endswith("already\n")


def test_another_secret_is_refused_before_anything_starts(rapport: Terminal) -> None:
    assert rapport("migrate").code == 0
    other = Terminal(rapport.folder, rapport.database_url, secret="cd" * 32)("migrate")
    assert other.code == 2
    assert "RAPPORT_SECRET" in other.err


def test_a_job_is_started_shown_listed_and_cancelled(rapport: Terminal) -> None:
    job = rapport("job", "start", "SCORE_CUSTOMERS").out.strip()
    assert job.startswith("job_")
    assert json.loads(rapport("job", "show", job, "--json").out)["status"] == "QUEUED"
    assert rapport("job", "cancel", job).code == 0
    assert [found["status"] for found in json.loads(rapport("job", "list", "--json").out)] == ["CANCELLED"]
    assert "error: kind: NONSENSE" in rapport("job", "start", "NONSENSE").err
    assert "error: arguments: " in rapport("job", "start", "SCORE_CUSTOMERS", "--arguments", "[1]").err


def test_the_doctor_tells_what_is_wrong_and_what_to_do(rapport: Terminal) -> None:
    rapport("migrate")
    found = rapport("doctor", "--json")
    findings = {finding["what"]: finding for finding in json.loads(found.out)}
    assert found.code == 1
    assert findings["migrations"]["well"]
    assert findings["secret"]["well"]
    assert not findings["worker (loop)"]["well"]
    assert findings["worker (loop)"]["remedy"] == "start `rapport worker`"
    assert not findings["Redis"]["well"]


def test_a_backup_is_closed_to_others_and_never_overwrites(rapport: Terminal) -> None:
    rapport("key", "create", "--name", "me", "--role", "admin")
    assert rapport("backup", "b.zip").code == 0
    assert stat.S_IMODE((rapport.folder / "b.zip").stat().st_mode) == 0o600
    again = rapport("backup", "b.zip")
    assert (again.code, "is there already" in again.err) == (2, True)
    assert [path.name for path in rapport.folder.iterdir()] == ["b.zip"]


def test_a_restored_database_knows_its_keys_and_its_secret(rapport: Terminal, another_database_url: str) -> None:
    rapport("migrate")
    rapport("key", "create", "--name", "me", "--role", "admin")
    rapport("backup", "b.zip")
    there = Terminal(rapport.folder, another_database_url)
    assert there("restore", "b.zip").code == 0
    assert [key["name"] for key in json.loads(there("key", "list", "--json").out)] == ["me"]
    other = Terminal(rapport.folder, another_database_url, secret="cd" * 32)("restore", "b.zip", "--replace")
    assert (other.code, "RAPPORT_SECRET" in other.err) == (2, True)


def test_a_file_that_is_no_backup_is_refused(rapport: Terminal) -> None:
    (rapport.folder / "b.zip").write_text("nothing")
    refused = rapport("restore", "b.zip")
    assert (refused.code, refused.err.startswith("error: b.zip cannot be read")) == (2, True)

"""The data folder: closed to others, a secret that stays, one supervisor at a time, sockets with short names."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from api.up.binaries import postgres_programs, reachable
from api.up.child import Account, ChildFailed
from api.up.place import Place, Running, keep_private


def test_the_secret_is_made_once_and_readable_to_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAPPORT_SECRET", raising=False)
    place = Place.at(tmp_path / "data")
    secret = place.secret()
    assert len(bytes.fromhex(secret)) == 32
    assert Place.at(tmp_path / "data").secret() == secret
    assert stat.S_IMODE((place.folder / "secret").stat().st_mode) == 0o600
    monkeypatch.setenv("RAPPORT_SECRET", "f" * 64)
    assert place.secret() == "f" * 64


def test_what_is_kept_private_is_never_replaced(tmp_path: Path) -> None:
    assert keep_private(tmp_path / "key", "first") == "first"
    assert keep_private(tmp_path / "key", "second") == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_one_supervisor_at_a_time_even_from_another_process(tmp_path: Path) -> None:
    place = Place.at(tmp_path)
    held = place.hold_alone()
    assert held is not None
    ask = "import sys, pathlib; from api.up.place import Place; print(Place(pathlib.Path(sys.argv[1])).hold_alone())"
    second = [sys.executable, "-c", ask, str(tmp_path)]
    assert subprocess.check_output(second, text=True).strip() == "None"
    os.close(held)
    assert subprocess.check_output(second, text=True).strip() != "None"


def test_the_servers_lock_is_free_only_when_every_child_is_gone(tmp_path: Path) -> None:
    place = Place.at(tmp_path)
    held = place.hold_servers()
    assert held is not None
    with subprocess.Popen(["sleep", "30"], pass_fds=(held,)) as child:
        os.close(held)
        assert place.hold_servers() is None
        child.kill()
    assert place.hold_servers() is not None


def test_sockets_lie_beside_the_data_or_in_a_private_folder_with_a_short_name(tmp_path: Path) -> None:
    near = Place.at(tmp_path / "d").sockets(None)
    far = Place.at(tmp_path / ("deep" * 20) / "d").sockets(None)
    for folder in (near, far):
        assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= 103 or folder == near
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "deep" not in str(far)
    running = Running(os.getpid(), "http://x", "", "", str(far))
    place = Place.at(tmp_path / ("deep" * 20) / "d")
    place.say_running(running)
    assert place.running() == running
    place.say_stopped()
    assert not far.exists()
    assert place.running() is None


def test_a_folder_behind_a_closed_door_is_not_reachable(tmp_path: Path) -> None:
    stranger = Account(uid=61234, gid=61234)
    (tmp_path / "closed" / "data").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not reachable(tmp_path / "closed" / "data", stranger)
    assert reachable(Path("/"), stranger)


def test_chosen_programs_without_initdb_are_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(ChildFailed, match="no initdb"):
        postgres_programs(None)

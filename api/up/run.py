"""`rapport up` from first to last: lock, servers, migrations, web and worker, demo, greeting, watch, stop."""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from api.up import demo_state, greeting, probe
from api.up.child import ChildFailed
from api.up.ground import WEB_RANK, WORKER_RANK, Ground
from api.up.parts import Parts
from api.up.place import Place, Running
from api.up.tree import Tree

_GONE_WITHIN = 45.0
_LARGE_LOG = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asked for."""

    folder: Path
    port: int = 8000
    host: str = "127.0.0.1"
    demo: bool = True
    as_recorded: bool = False

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"


def run(wish: Wish) -> int:
    """The exit code: 0 after Ctrl-C, and where it runs already; 1 with the reason told where it cannot."""
    try:
        place = Place.at(wish.folder)
        alone = place.hold_alone()
        if alone is None:
            return _tell_where(place)
        servers_lock = _hold_servers(place)
        place.say_stopped()
        probe.must_be_free(wish.host, wish.port)
        ground = Ground.of(place, servers_lock)
        place.say_running(Running(os.getpid(), wish.address, ground.database_url, ground.redis_url, ground.sockets))
    except ChildFailed as error:
        print(f"Rapport cannot start: {error}", file=sys.stderr)
        return 1
    try:
        return asyncio.run(_until_told_to_stop(wish, place, ground, servers_lock))
    finally:
        place.say_stopped()


async def _until_told_to_stop(wish: Wish, place: Place, ground: Ground, servers_lock: int) -> int:
    loop, life = asyncio.get_running_loop(), asyncio.current_task()
    assert life is not None
    heard = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        heard.append(signal.SIGHUP)
    for number in heard:
        loop.add_signal_handler(number, life.cancel)
    tree = Tree()
    try:
        await _live(wish, place, ground, servers_lock, tree)
    except asyncio.CancelledError:
        print("\nStopping", flush=True)
    except ChildFailed as error:
        print(f"Rapport cannot start: {error}", file=sys.stderr)
        return 1
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
        signal.signal(signal.SIGINT, lambda *_: tree.kill())  # the second Ctrl-C does not ask
        tree.stop()
    return 0


async def _live(wish: Wish, place: Place, ground: Ground, servers_lock: int, tree: Tree) -> None:
    _keep_logs_small(place)
    began, new = time.monotonic(), ground.is_new
    parts = Parts(place, ground, servers_lock)
    if new:
        print("Making the database", flush=True)
    web = tree.grow(parts.web(wish.host, wish.port), WEB_RANK)
    await ground.stand(tree)
    if await ground.lacks_migrations() or not place.admin_key.exists():
        print("Migrating", flush=True)
        await tree.run_to_end(parts.step("prepare", str(place.admin_key)))
    web.open_gate()
    await tree.until_ready(web, lambda: probe.answers(wish.host, wish.port, "/readyz"), within=60)
    key = await _working_key(wish, place, parts, tree)
    for worker in parts.workers():  # after web, so that they do not take its time while it starts
        tree.grow(worker, WORKER_RANK)
    watching = asyncio.create_task(tree.watch())
    try:
        if wish.demo:
            await _demo(wish, place, parts, tree)
        greeting.say(wish.address, key, place, seconds=None if new else time.monotonic() - began)
        await watching
    finally:
        watching.cancel()


async def _working_key(wish: Wish, place: Place, parts: Parts, tree: Tree) -> str:
    """The admin key beside the data; a new one if the database (perhaps another since) does not know it."""
    key = place.admin_key.read_text().strip()
    if not await probe.answers(wish.host, wish.port, "/graphql", key=key):
        place.admin_key.unlink()
        await tree.run_to_end(parts.step("prepare", str(place.admin_key)))
    return place.admin_key.read_text().strip()


async def _demo(wish: Wish, place: Place, parts: Parts, tree: Tree) -> None:
    """Load the bundled demo if the database is empty, or go on where an interrupted start left off."""
    which = parts.ground.name
    state = demo_state.read(place.demo, which)
    if state is not None and state.done:
        return
    more = ("--as-recorded",) if wish.as_recorded else ()
    try:
        await tree.run_to_end(parts.step("newcomer", str(place.demo), which, *more))
    except ChildFailed as error:
        print(f"The demo is not complete: {error}\nThe next start goes on with it.", file=sys.stderr)


def _tell_where(place: Place) -> int:
    patience = time.monotonic() + 2
    while (running := place.running()) is None and time.monotonic() < patience:
        time.sleep(0.05)  # it has just begun
    if running is None:
        print(f"Rapport is already being started on {place.folder}")
    else:
        print(f"Rapport already runs on {place.folder}: {running.address}/graphql (process {running.pid})")
        with suppress(OSError):
            print(f"Its key: {place.admin_key.read_text().strip()}")
    return 0


def _hold_servers(place: Place) -> int:
    """Wait until everything of a killed run is gone: Postgres may have a checkpoint to write."""
    patience = time.monotonic() + _GONE_WITHIN
    while (held := place.hold_servers()) is None:
        if time.monotonic() > patience:
            raise ChildFailed(f"processes of a former run still hold {place.folder}: end them, then start again")
        time.sleep(0.05)
    return held


def _keep_logs_small(place: Place) -> None:
    for log in place.logs.glob("*.log"):
        if log.stat().st_size > _LARGE_LOG:
            log.replace(log.with_suffix(".log.1"))

"""A child that imports everything at once and then waits for its word: `python -m api.up.gate web|loop|arq`.

Web and worker may begin only when the database answers and is migrated; their imports need not wait for that.
"""

import os
import sys
from collections.abc import Callable
from functools import partial

from domain.deployment import Deployment


def _web() -> Callable[[], None]:
    from api import app, serving  # noqa: F401 (the app's import is what takes time)

    host, port = sys.argv[2], int(sys.argv[3])
    deployment = Deployment.from_environment(os.environ)
    return partial(serving.serve, deployment, host=host, port=port, linger=0.0)


def _loop() -> Callable[[], None]:
    from jobs import loop, process, registry

    return partial(process.run, partial(loop.main, registry=registry.product()))


def _arq() -> Callable[[], None]:
    from jobs import process, registry, worker

    return partial(process.run, partial(worker.main, registry=registry.product()))


def main() -> None:
    begin = {"web": _web, "loop": _loop, "arq": _arq}[sys.argv[1]]()
    if not sys.stdin.buffer.readline():
        sys.exit(0)  # the supervisor went away before it gave its word
    begin()


if __name__ == "__main__":
    main()

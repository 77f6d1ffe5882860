"""A terminal in which the tests type `rapport …` with an environment of their own, in this process to be quick."""

import io
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from api import cli
from api.cli import telling

SECRET = "ab" * 32


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left: its exit code, what a script reads, what a person reads beside it."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands in a folder, against one database."""

    folder: Path
    database_url: str
    redis_url: str = "redis://127.0.0.1:1/0"
    secret: str = SECRET

    def __call__(self, *words: str) -> Said:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}
        environment |= {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "RAPPORT_SECRET": self.secret}
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            chdir(self.folder),
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch.object(sys, "argv", ["rapport", *words]),
            mock.patch.object(telling, "_err", telling.beside()),
        ):
            try:
                cli.main()
            except SystemExit as end:
                code = int(end.code or 0)
        return Said(code, out.getvalue(), err.getvalue())

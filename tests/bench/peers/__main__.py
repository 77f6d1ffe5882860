"""`python -m tests.bench.peers`: fetches them beside this file, each into a place of its own, which git ignores."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    lifetimes()
    postgraphile()


def lifetimes() -> None:
    """Wants other versions than ours of what it stands on, so it lives apart."""
    folder = HERE / "lifetimes"
    venv.create(folder, with_pip=True, clear=True)
    wanted = ("-r", str(HERE / "lifetimes.txt"))
    done = subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", *wanted], check=False)
    if done.returncode:
        shutil.rmtree(folder)
        sys.stdout.write("lifetimes does not install here: the fit is measured alone\n")


def postgraphile() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not on the PATH: PostGraphile comes from it (any version of Node will do to fetch it)")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    # Newer npm runs no install script unless told; this one puts Node's own program in place.
    subprocess.run([npm, "rebuild", "node"], cwd=HERE, check=True)


if __name__ == "__main__":
    main()

"""`python -m tests.bench.peers`: fetches them into node_modules beside this file, which git ignores."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not on the PATH: PostGraphile comes from it (any version of Node will do to fetch it)")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    # Newer npm runs no install script unless told; this one puts Node's own program in place.
    subprocess.run([npm, "rebuild", "node"], cwd=HERE, check=True)


if __name__ == "__main__":
    main()

"""`python -m tests.bench [NAME …]`: each measurement in a process of its own, one after the other.

Without a name: all.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    there = sorted(file.parent.name for file in HERE.glob("*/__main__.py") if file.parent.name != "peers")
    names = sys.argv[1:] or there
    if unknown := set(names) - set(there):
        sys.exit(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(there)}")
    codes = [subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False).returncode for name in names]
    sys.exit(max(map(abs, codes)))


if __name__ == "__main__":
    main()

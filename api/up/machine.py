"""What the machine has: memory as the container sees it, shared memory as Docker leaves it."""

import os
import shutil
from pathlib import Path

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_ENOUGH_SHARED_MEMORY = 512 * 1024 * 1024


def memory_bytes() -> int:
    """The machine's memory, or the container's share of it."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in _LIMITS:
        try:
            said = file.read_text().strip()
        except OSError:
            continue
        if said.isdigit():
            whole = min(whole, int(said))
    return whole


def small_shared_memory() -> bool:
    """Docker gives 64 MB of /dev/shm, which one parallel query may fill; System V memory has no such limit."""
    folder = Path("/dev/shm")
    return folder.is_dir() and shutil.disk_usage(folder).total < _ENOUGH_SHARED_MEMORY

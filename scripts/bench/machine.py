"""What Linux tells about processes, and which processor core belongs to whom."""

import os
import platform
import sys
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER_CORE, CLIENT_CORE = (CORES or [0])[0], (CORES or [0])[-1]


def require_linux() -> None:
    if sys.platform != "linux":
        raise SystemExit("The bench reads processor times from /proc, so it needs Linux.")


def pin(pid: int, core: int) -> None:
    """Keep a process, and whatever it starts from now on, on one core."""
    os.sched_setaffinity(pid, {core})


def processor_seconds(pid: int) -> float:
    """What all threads of a process have used so far, to the nanosecond."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def description() -> str:
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    processor = model.partition(":")[2].strip() or platform.machine()
    system = f"Python {platform.python_version()}, Linux {platform.release()}"
    return f"{len(CORES)} cores of {processor}, {system}, load average {os.getloadavg()[2]:.1f}"

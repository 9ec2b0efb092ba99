"""Turn /proc into what processes have used: CPU seconds and resident memory. Linux only."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """A process at one moment.

    Units: `started` in ticks since boot, which tells two processes with one id apart; CPU in seconds, that of its
        children that have ended included.
    """

    pid: int
    parent: int
    started: int
    cpu_s: float


def family(root: int) -> list[Process]:
    """List a process and all its descendants; empty if it is gone."""
    every = {one.pid: one for one in _all()}
    found = [every[root]] if root in every else []
    for parent in found:  # grows while it is read
        found += [one for one in every.values() if one.parent == parent.pid]
    return found


def cpu_s(root: int) -> float:
    """Sum the CPU seconds of a process and its descendants, the ended ones included."""
    return sum(one.cpu_s for one in family(root))


def memory_mib(root: int) -> tuple[float, float]:
    """Sum what a process and its descendants hold in MiB: resident, and with shared pages counted in shares."""
    rss = pss = 0
    for one in family(root):
        sizes = _rollup(one.pid)
        rss += sizes.get("Rss:", 0)
        pss += sizes.get("Pss:", 0)
    return rss / 1024, pss / 1024


def is_alive(process: Process) -> bool:
    """Say whether this very process still runs."""
    now = _read(process.pid)
    return now is not None and now.started == process.started


def machine_ticks() -> tuple[int, int, int]:
    """Read the ticks of all processors since boot: all, stolen by the host, idle."""
    user, nice, system, idle, waiting, irq, softirq, steal = map(int, _line(_PROC / "stat").split()[1:9])
    return user + nice + system + idle + waiting + irq + softirq + steal, steal, idle + waiting


def _all() -> Iterable[Process]:
    names = [entry.name for entry in _PROC.iterdir() if entry.name.isdigit()]
    return [one for name in names if (one := _read(int(name))) is not None]


def _read(pid: int) -> Process | None:
    """Read /proc/PID/stat; None if the process is gone or a zombie. Source: proc(5)."""
    with suppress(OSError):
        # The name in parentheses may hold blanks; the state comes behind it.
        state, parent, *rest = _line(_PROC / str(pid) / "stat").rpartition(")")[2].split()
        if state != "Z":
            used = sum(map(int, rest[9:13])) / _TICKS_A_SECOND  # utime, stime, cutime, cstime
            return Process(pid, int(parent), int(rest[17]), used)
    return None


def _rollup(pid: int) -> dict[str, int]:
    with suppress(OSError):
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
        return {name: int(size) for name, size, *_ in map(str.split, lines)}
    return {}


def _line(path: Path) -> str:
    with path.open() as file:
        return file.readline()

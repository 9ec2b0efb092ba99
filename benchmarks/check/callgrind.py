"""Run the fixed requests below callgrind, and turn what it wrote into instructions, with those of SQLite apart.

Instructions, not seconds: they are nearly the same however busy the machine is.
Source: valgrind.org/docs/manual/cl-manual.html; cl-format.html, "File Format".
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.check.counted import stretches

_PROGRAM = Path(__file__).with_name("counted.py")
_CALLGRIND = ("valgrind", "--tool=callgrind", "--instr-atstart=no", "--zero-before=getsid", "--dump-before=getpgid")
_OBJECT = re.compile(r"(c?)ob=\((\d+)\)(?: (.*))?")
_SQLITE, _DRIVER = "/libsqlite3", "/_sqlite3"


@dataclass(frozen=True, slots=True)
class Count:
    """The instructions of one stretch: all of this process's, and those of SQLite and what it calls."""

    everything: int
    sqlite: int

    @property
    def own(self) -> int:
        """Those of everything else: Nuages, Python, the driver. PostgreSQL works in a process of its own."""
        return self.everything - self.sqlite


def count_instructions(sqlite_file: str, postgresql_directory: str) -> Mapping[tuple[str, str], Count]:
    """Count every stretch.

    Raises: RuntimeError with what valgrind said, where it failed.
    """
    with tempfile.TemporaryDirectory(prefix="nuages-callgrind-") as directory:
        _run(Path(directory), sqlite_file, postgresql_directory)
        written = [Path(directory) / f"out.{number}" for number, _ in enumerate(stretches(), 1)]
        return {
            name: read_count(path.read_text().splitlines()) for name, path in zip(stretches(), written, strict=True)
        }


def _run(directory: Path, *places: str) -> None:
    with (directory / "said").open("w+") as said:
        process = subprocess.Popen(
            [*_CALLGRIND, f"--callgrind-out-file={directory / 'out'}", sys.executable, str(_PROGRAM), *places],
            # Where dictionaries of texts collide must not be left to chance.
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        try:
            _start_counting(process)
            process.communicate()
        finally:
            process.kill()
        if process.wait():
            said.seek(0)
            raise RuntimeError(f"valgrind: {said.read()[-3000:]}")


def _start_counting(process: "subprocess.Popen[str]") -> None:
    """Let callgrind count from when the project is up: to bring it up takes five times as long while it counts."""
    if process.stdout is not None and process.stdin is not None and process.stdout.readline():
        subprocess.run(
            ["vgdb", f"--pid={process.pid}", "instrumentation", "on"], check=True, timeout=60, capture_output=True
        )
        process.stdin.write("count\n")


def read_count(lines: Iterable[str]) -> Count:
    """Read one of callgrind's files.

    Shapes: what the driver calls of SQLite counts as SQLite's with all that this calls in turn; a function of ours that
        SQLite calls back is taken off again.
    """
    names: dict[str, str] = {}
    everything = sqlite = 0
    caller = called = ""
    rest = iter(lines)
    for line in rest:
        if found := _OBJECT.match(line):
            is_called, number, name = found.groups()
            path = names.setdefault(number, name or "")
            caller, called = (caller, path) if is_called else (path, called)
        elif line.startswith("calls="):
            sqlite += _crossed(caller, called or caller) * int(next(rest).split()[1])
            called = ""
        elif line.startswith("summary:"):
            everything = int(line.split()[1])
    return Count(everything, sqlite)


def _crossed(caller: str, called: str) -> int:
    """1 for a call of Python's driver into SQLite, -1 for one back; whatever else SQLite calls works for it."""
    if _SQLITE in caller:
        return -(_DRIVER in called)
    return int(_DRIVER in caller and _SQLITE in called)

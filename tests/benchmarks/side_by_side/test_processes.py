"""What processes use is read from /proc, descendants included."""

import os
import subprocess
import sys

import pytest

from benchmarks.side_by_side.processes import cpu_s, family, is_alive, memory_mib

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

_PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"


def test_a_child_of_a_child_belongs_to_the_family() -> None:
    """A family is a process and everything that it started; once ended, nobody of it is alive."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", _PARENT], **pipes) as process:
        process.stdout.readline()
        found = family(process.pid)
        assert len(found) == 2
        assert all(map(is_alive, found))
        assert memory_mib(process.pid)[0] > 1
        process.communicate(b"\n")
    assert not any(map(is_alive, found))
    assert family(process.pid) == []


def test_cpu_grows_with_work() -> None:
    """The CPU of this process grows while it works."""
    before_s = cpu_s(os.getpid())
    while cpu_s(os.getpid()) < before_s + 0.02:
        sum(range(10_000))

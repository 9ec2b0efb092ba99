"""A worker that grows is replaced while requests go on, and none of them fails."""

from collections import Counter

from tests.live.conftest import Serve
from tests.live.processes import children_of

MAX_MEMORY_MIB = 160


def _resident_mib(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as statm:  # noqa: PTH123  # a file of the system's
        return int(statm.read().split()[1]) * 4096 / (1 << 20)


def test_a_leak_ends_a_worker_and_no_request(serve: Serve) -> None:
    """A megabyte is leaked by each request; the worker is another one soon, and every answer was a 200."""
    server = serve("--quiet", "--max-memory", str(MAX_MEMORY_MIB))
    (first,) = children_of(server.process.pid)
    started_mib = _resident_mib(first)
    assert started_mib < MAX_MEMORY_MIB
    statuses: Counter[int] = Counter()

    def leak(path: str) -> None:
        statuses[server.get(path).status] += 1

    def is_replaced() -> bool:
        leak("/odd/leaking" if sum(statuses.values()) < 2 * MAX_MEMORY_MIB else "/odd/writing")
        return first not in children_of(server.process.pid)

    server.wait_for(is_replaced)
    for _ in range(20):
        leak("/odd/writing")
    assert set(statuses) == {200}
    (second,) = children_of(server.process.pid)
    assert second != first
    assert server.stop() == 0

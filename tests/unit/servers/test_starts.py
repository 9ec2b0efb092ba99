"""A worker that is killed again and again is replaced at once; one that cannot start is given up."""

from nuages.servers.starts import MOST_FAILED, Starts


def test_killed_worker_is_replaced_at_once_for_ever() -> None:
    """However often it dies, whoever was up for a while is no failed start."""
    starts = Starts()
    assert {starts.wait_s(up_s=5.0) for _ in range(1000)} == {0.0}
    assert not starts.is_hopeless


def test_failed_starts_wait_longer_and_end() -> None:
    """The first is tried again at once, the next ones later and later; then there is no hope."""
    starts = Starts()
    waits = [starts.wait_s(up_s=None) for _ in range(MOST_FAILED - 1)]
    assert waits == sorted(waits)
    assert waits[0] == 0.0 < waits[1]
    assert not starts.is_hopeless
    starts.wait_s(up_s=0.1)  # it was up, and of no use
    assert starts.is_hopeless
    assert starts.wait_s(up_s=None) <= 8.0


def test_one_success_forgets_the_failures() -> None:
    """Failures count in a row."""
    starts = Starts()
    for _ in range(MOST_FAILED - 1):
        starts.wait_s(up_s=None)
    assert starts.wait_s(up_s=1.0) == 0.0
    assert starts.wait_s(up_s=None) == 0.0
    assert not starts.is_hopeless

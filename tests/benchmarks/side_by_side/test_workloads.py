"""Every peer is asked the same, and each is declared for what it is asked."""

import pytest

from benchmarks.side_by_side.peers import ALL, PEERS, Peer
from benchmarks.side_by_side.tokens import make_token
from benchmarks.side_by_side.workloads import make_pages, make_workload, write_line


def test_requests_are_the_same_each_time() -> None:
    """The list of requests does not depend on chance."""
    assert [make_workload(kind) for kind in ALL] == [make_workload(kind) for kind in ALL]


@pytest.mark.parametrize("peer", PEERS.values(), ids=str)
def test_a_peer_has_a_path_for_each_of_its_workloads(peer: Peer) -> None:
    """The values of a workload fill the path of every peer that serves it."""
    for kind in peer.workloads:
        path = peer.paths[kind].format(**make_workload(kind).values[0])
        assert path.startswith("/")
        assert "{" not in path


def test_members_are_spread_over_the_whole_shop() -> None:
    """In a larger shop, other members are asked for, and the same pages."""
    keys = [one["id"] for one in make_workload("W2").spread_over(200_000).values]
    assert max(keys) > 150_000
    assert make_workload("W4").spread_over(200_000) == make_workload("W4")


def test_pages_end_with_the_offsets() -> None:
    """No page is asked for beyond what a default offset reaches."""
    for size in (10, 1_000, 10_000):
        assert all((one["page"] - 1) * size < 10_000 for one in make_pages("W3", size).values)


def test_a_body_stands_behind_a_tab() -> None:
    """A request is a line; wrk.lua splits it at the tab."""
    assert write_line("/hello", None) == "/hello"
    assert write_line("/reviews", {"stars": 5}) == '/reviews\t{"stars": 5}'


def test_a_token_has_three_parts_and_depends_on_the_secret() -> None:
    """A token signed with another secret has another signature and the same claims."""
    one, other = make_token("a" * 40).split("."), make_token("b" * 40).split(".")
    assert one[:2] == other[:2]
    assert one[2] != other[2]

"""Whatever a client sends as a position is one or is refused, and what one snapshot sees of another is exact."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nuages.live.positions import MOST_CHARACTERS, Position, Snapshot, Unreadable, read_position


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Those of transactions 1 to 20."""
    first = draw(st.integers(1, 20))
    beyond = draw(st.integers(first, 20))
    under_way = draw(st.sets(st.sampled_from(range(first, beyond)))) if beyond > first else set[int]()
    return Snapshot(first, beyond, tuple(sorted(under_way)))


@given(snapshots(), st.integers(0, 2**63 - 1))
def test_positions_survive_as_text(snapshot: Snapshot, seq: int) -> None:
    """Of each kind; inside a batch with both of its snapshots."""
    later = Snapshot(snapshot.first, snapshot.beyond + 5, (*snapshot.under_way, snapshot.beyond + 2))
    for position in (
        Position(seq=seq),
        Position(after=snapshot),
        Position(after=later, before=snapshot).at(seq),
        Position(after=snapshot).at(seq),
        Position(seq=3).at(seq),
    ):
        assert read_position(str(position)) == position


@given(snapshots(), snapshots())
def test_a_snapshot_knows_what_it_sees_of_another(one: Snapshot, other: Snapshot) -> None:
    """It sees all of it where it sees each transaction that the other sees."""
    expected = all(one.sees(number) for number in range(1, 30) if other.sees(number))
    assert one.sees_all_of(other) == expected


@given(st.text() | st.text("0123456789:,~", max_size=60))
@example("1" * (MOST_CHARACTERS + 1))
@example("5:7:6," * 1_000)
@example("9:8:")
@example("5:9:8,7")
@example("5:9:7,7")
@example("5:9:4")
@example("5:9:9")
@example("0:0:")
@example("9223372036854775808")
@example("5:9223372036854775808:")
@example("5:5:~5:5:~9223372036854775808")
@example("9:9:~5:5:~1")
@example("²")
@example("٣")
@example("1\n")
@example("5:5:~5:5:")
def test_what_is_no_position_is_refused(text: str) -> None:
    """With one kind of error, and nothing else; what is read is spelled as it was."""
    try:
        position = read_position(text)
    except Unreadable:
        return
    read = [part.lstrip("0") for part in text.replace("~", ":").replace(",", ":").split(":")]
    assert [part.lstrip("0") for part in str(position).replace("~", ":").replace(",", ":").split(":")] == read


@pytest.mark.parametrize("text", ["", "5:5", "5:5:,", "5::", "-1", "+1", " 1", "5:5:~5:5:~", "0x1", "1:2:1,"])
def test_texts_of_another_shape_are_refused(text: str) -> None:
    """They are spelled in one way alone."""
    with pytest.raises(Unreadable):
        read_position(text)

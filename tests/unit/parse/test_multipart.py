"""A form is the same however its bytes come, and any bytes are a form or a problem."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nuages.declare.spec import FileLimits
from nuages.errors import Problem
from nuages.parse.multipart import Form, Part, read_form
from nuages.parse.uploads import Upload
from tests.http.forms import BOUNDARY, body_of, part

LIMITS = {"a": FileLimits(10_000, {}, (), 1, keeps=False)}
MARK = f"\r\n--{BOUNDARY}".encode()
_content = st.binary(max_size=200) | st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", MARK[:5], MARK[2:-1], b"x"]), max_size=8
).map(b"".join)
_parts = st.lists(st.tuples(st.sampled_from(["a", "b"]), _content, st.booleans()), max_size=4)


def _read(pieces: list[bytes]) -> list[tuple[str, str | None, bytes | None]]:
    form = read_form(pieces, BOUNDARY, LIMITS, max_text_bytes=5_000)
    try:
        return [(each.name, each.file_name, _bytes(each)) for each in form.parts]
    finally:
        form.close()


def _bytes(each: Part) -> bytes | None:
    return each.content.read() if isinstance(each.content, Upload) else each.content


def _told(body: bytes) -> tuple[int, str] | None:
    try:
        _read([body])
    except Problem as problem:
        return problem.status, problem.code
    return None


def _cut(body: bytes, places: list[int]) -> Iterator[bytes]:
    bounds = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    for begin, end in pairwise(bounds):
        yield body[begin:end]


@given(_parts, st.lists(st.integers(0, 5_000), max_size=6))
@example([("a", b"\r\n-", True)], list(range(200)))
def test_parts_are_what_was_sent(parts: list[tuple[str, bytes, bool]], places: list[int]) -> None:
    """Whatever is in them but their mark, and wherever a piece ends. Of files, the first that is looked for is kept."""
    parts = [each for each in parts if MARK not in each[1] + b"\r\n"]
    body = body_of(*(part(name, content, "f" if is_file else None) for name, content, is_file in parts))
    first = next((place for place, (name, _, is_file) in enumerate(parts) if is_file and name == "a"), None)
    assert _read(list(_cut(body, places))) == [
        (name, "f" if is_file else None, None if is_file and place != first else content)
        for place, (name, content, is_file) in enumerate(parts)
    ]


@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            [
                b"--",
                BOUNDARY.encode(),
                b"\r\n",
                b"\n",
                b":",
                b"Content-Disposition: form-data",
                b"; name=",
                b'"a"',
                b"; filename=",
                b'"',
                b"\xff",
                b"\\",
                b"Content-Type: ",
                b"multipart/mixed",
                b"%22",
            ]
        ),
        max_size=40,
    ).map(b"".join)
)
def test_any_bytes_are_a_form_or_a_problem(body: bytes) -> None:
    """Never another error."""
    assert _told(body) in {None, (400, "invalid-multipart")}


@given(_parts, st.integers(0, 3_000))
def test_a_beginning_is_no_form(parts: list[tuple[str, bytes, bool]], place: int) -> None:
    """However much of it has come."""
    body = body_of(*(part(name, content, "f") for name, content, _ in parts if MARK not in content + b"\r\n"))
    end = len(body) - len(b"--\r\n")
    with pytest.raises(Problem):
        _read([body[: place % end]])


def test_of_many_files_of_one_name_the_first_is_kept() -> None:
    """Each may stay in memory while it is small: many would fill it."""
    form = read_form([body_of(*(part("a", b"x", "f") for _ in range(9)))], BOUNDARY, LIMITS, max_text_bytes=9)
    assert (len(form.parts), len(form.files)) == (9, 1)
    form.close()


def test_a_problem_of_the_pieces_goes_on() -> None:
    """And the files that had come are closed."""

    def pieces() -> Iterator[bytes]:
        yield body_of(part("a", b"x" * 100, "f"))[:-20]
        raise KeyError

    with pytest.raises(KeyError):
        read_form(pieces(), BOUNDARY, LIMITS, max_text_bytes=100)


def test_fingerprints_tell_parts_apart() -> None:
    """Names, contents and places; not what stands between them."""

    def print_of(*parts: Part) -> bytes:
        return Form(list(parts)).fingerprint()

    prints = [
        print_of(),
        print_of(Part("a", None, "", b"")),
        print_of(Part("", None, "a", b"")),
        print_of(Part("a", "", "", b"")),
        print_of(Part("a", "b", "", b"")),
        print_of(Part("a", None, "", b"b")),
        print_of(Part("a", None, "", b"b"), Part("c", None, "", b"")),
        print_of(Part("c", None, "", b""), Part("a", None, "", b"b")),
        print_of(Part("a", None, "", b"bc")),
    ]
    assert len(set(prints)) == len(prints)

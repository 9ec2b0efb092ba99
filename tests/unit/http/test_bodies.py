"""A body is read within its bound, whole, in plain UTF-8, or refused by the right problem."""

import contextlib
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nuages.errors import ContentTooLarge, Problem, UnsupportedMediaType
from nuages.http.bodies import boundary_of, media_type, read_body, read_pieces
from nuages.http.request import Request
from tests.support.patience import HANGING_S


def _request(body: bytes = b"", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("QUERY", "/", "", named, read=lambda most: body[:most])


def _unread(**headers: str) -> Request:
    def read(most: int) -> bytes:
        raise AssertionError("the body was read")

    request = _request(**headers)
    request.read = read
    return request


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"", {"content_length": "0"}),
        (b"abcde", {"content_length": "5"}),
        (b"abcde", {"transfer_encoding": "chunked"}),
        (b"abc", {"content_length": "003", "content_encoding": " Identity"}),
        (b"abc", {"content_length": "3", "content_encoding": ""}),
    ],
)
def test_body_is_read_whole(body: bytes, headers: dict[str, str]) -> None:
    """With a length or in chunks, up to the bound."""
    assert read_body(_request(body, **headers), max_bytes=5) == body


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content_length": "6"}, 413, "content-too-large"),
        ({"content_length": "9" * 18}, 413, "content-too-large"),
        ({"content_length": "9" * 5000}, 400, "bad-request"),
        ({"content_length": "+5"}, 400, "bad-request"),
        ({"content_length": "5_0"}, 400, "bad-request"),
        ({"content_length": "5, 5"}, 400, "bad-request"),
        ({"content_length": "-1"}, 400, "bad-request"),
        ({"content_length": "\u0663"}, 400, "bad-request"),
        ({"content_encoding": "gzip"}, 415, "unsupported-media-type"),
        ({"content_encoding": "identity, gzip"}, 415, "unsupported-media-type"),
        ({"content_encoding": "nonsense", "content_length": "6"}, 415, "unsupported-media-type"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_body_is_refused_unread(headers: dict[str, str], status: int, code: str) -> None:
    """What the headers already tell is said before a byte is read."""
    with pytest.raises(Problem) as raised:
        read_body(_unread(**headers), max_bytes=5)
    assert (raised.value.status, raised.value.code) == (status, code)


def test_refused_coding_names_what_is_read() -> None:
    """`Accept-Encoding` beside a 415 tells that the coding was to blame (RFC 9110 section 12.5.3)."""
    with pytest.raises(UnsupportedMediaType) as raised:
        read_body(_unread(content_encoding="br"), max_bytes=5)
    assert raised.value.headers == (("Accept-Encoding", "identity"),)


def test_chunks_beyond_the_bound_are_not_read() -> None:
    """Without a length one byte more than the bound is asked for, and no more."""
    asked: list[int] = []
    request = Request("QUERY", "/", "", {}, read=lambda most: asked.append(most) or b"x" * most)  # type: ignore[func-returns-value]
    with pytest.raises(ContentTooLarge):
        read_body(request, max_bytes=5)
    assert asked == [6]


@pytest.mark.parametrize("body", [b"", b'{"a":1}'])
def test_body_that_ends_too_early_is_incomplete(body: bytes) -> None:
    """However well the beginning reads."""
    with pytest.raises(Problem) as raised:
        read_body(_request(body, content_length="50"), max_bytes=100)
    assert (raised.value.status, raised.value.code) == (400, "incomplete-body")


def test_pieces_come_as_they_are_sent() -> None:
    """None is held back, and a server that has none gives the whole as one."""
    request = Request("POST", "/", "", {"content-length": "5"}, pieces=lambda _: iter([b"ab", b"", b"cde"]))
    assert list(read_pieces(request, max_bytes=5)) == [b"ab", b"", b"cde"]
    assert list(read_pieces(_request(b"abcde", content_length="5"), max_bytes=5)) == [b"abcde"]


def test_pieces_beyond_the_bound_are_not_read() -> None:
    """The first that is too much is the last."""
    taken: list[int] = []

    def pieces(most: int) -> Iterator[bytes]:
        for number in range(10):
            taken.append(number)
            yield b"xx"

    with pytest.raises(ContentTooLarge):
        list(read_pieces(Request("POST", "/", "", {}, pieces=pieces), max_bytes=5))
    assert taken == [0, 1, 2]


@pytest.mark.parametrize(
    ("seconds", "is_read"),
    [
        ([0, 29, 30], True),  # it may begin slowly
        ([0, 31, 32], False),
        ([0, 1, 150], True),  # 2 MiB may take 158 s
        ([0, 1, 160], False),
    ],
)
def test_body_that_trickles_is_given_up(seconds: list[float], is_read: bool) -> None:
    """A thread waits for it, and a client could hold each of them with a byte now and then."""
    sizes = [10, 10] if seconds[-1] < 100 else [1 << 20, 1 << 20]
    request = Request("POST", "/", "", {}, pieces=lambda _: (b"x" * size for size in sizes))
    clock = iter(seconds)
    with contextlib.nullcontext() if is_read else pytest.raises(Problem, match="slowly"):
        assert len(list(read_pieces(request, max_bytes=1 << 22, clock=lambda: next(clock)))) == 2


@pytest.mark.parametrize(
    ("text", "boundary"),
    [
        ("multipart/form-data; boundary=x", "x"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="a b:c"', "a b:c"),
        (
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "----WebKitFormBoundary7MA4YWxkTrZu0gW",
        ),
        ('multipart/form-data; x="; boundary=y"; boundary=z', "z"),
        ("multipart/form-data; boundary=" + "x" * 70, "x" * 70),
    ],
)
def test_boundary_is_named(text: str, boundary: str) -> None:
    """As a token or in quotes, and not inside another parameter."""
    assert boundary_of(_request(content_type=text)) == boundary


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "; boundary",
        "; boundary=",
        '; boundary=""',
        "; boundary=x; boundary=y",
        '; boundary="x "',
        '; boundary="x\ty"',
        "; boundary=" + "x" * 71,
        '; boundary="x\r\ny"',
        "; boundary=é",
    ],
    ids=lambda text: repr(text)[:40],
)
def test_boundary_that_is_none_is_refused(parameters: str) -> None:
    """Absent, two, too long, or of characters that no boundary has."""
    with pytest.raises(Problem) as raised:
        boundary_of(_request(content_type=f"multipart/form-data{parameters}"))
    assert (raised.value.status, raised.value.code) == (400, "invalid-multipart")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        (" application/json ", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ('application/json;charset="UTF-8"', "application/json"),
        ("application/json ; Charset=UTF-8 ; profile=x;", "application/json"),
        ('multipart/form-data; boundary="a;b,c"', "multipart/form-data"),
        ("application/vnd.x+json", "application/vnd.x+json"),
    ],
)
def test_type_is_named_in_lower_case(text: str, name: str) -> None:
    """Parameters are left out."""
    assert media_type(_request(content_type=text)) == name


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "json",
        "application/",
        "/json",
        "application/json/x",
        "application/json, text/plain",
        "application/json,application/json",
        "application/json text/plain",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        'application/json; CHARSET="latin-1"',
        "application/json; charset=utf-8; charset=latin-1",
        "application/json; charset=",
        'application/json; charset="utf-8',
        "application/json; charset",
        "application/json\r\nX: y",
        "application/jsön",
        "application/" + "a" * 10_000,
        "application/json" + "; " * 5_000,
    ],
    ids=lambda text: repr(text)[:40],
)
def test_type_that_is_none_is_refused(text: str | None) -> None:
    """Absent, garbled, two, endless, or in another charset: 415, and nothing of it is repeated."""
    with pytest.raises(UnsupportedMediaType) as raised:
        media_type(_request(**({} if text is None else {"content_type": text})))
    assert "latin" not in raised.value.detail


@given(st.text() | st.text(st.sampled_from(' ;=",/abcharset-8utf\t')))
@example("a/b" + "; " * 126)
@example("a/b" + " " * 252)
def test_any_header_is_a_type_or_a_problem(text: str) -> None:
    """Never another error, and never without an end."""
    started_s = time.process_time()
    with contextlib.suppress(UnsupportedMediaType):
        assert media_type(_request(content_type=text)).count("/") == 1
    assert time.process_time() - started_s < HANGING_S

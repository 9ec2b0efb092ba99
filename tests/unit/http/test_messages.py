"""Requests and responses look their headers up by name, in any case where HTTP says so."""

import pytest

from nuages.http.request import EnvironHeaders, Request
from nuages.http.response import Response

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "HTTP_ACCEPT": "*/*",
    "HTTP_X_REQUEST_ID": "7",
    "HTTP_EMPTY": "",
    "CONTENT_TYPE": "application/json",
    "CONTENT_LENGTH": "12",
    "wsgi.input": object(),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accept", "*/*"),
        ("x-request-id", "7"),
        ("empty", ""),
        ("content-type", "application/json"),
        ("content-length", "12"),
        ("cookie", None),
        ("request-method", None),
        ("wsgi.input", None),
    ],
)
def test_a_header_is_found_in_a_wsgi_environ(name: str, value: str | None) -> None:
    """As PEP 3333 spells it; what is no header is not found."""
    headers = EnvironHeaders(ENVIRON)
    assert headers.get(name) == value
    assert Request("GET", "/", "", headers).header(name) == value
    assert (name in headers) is (value is not None)
    assert headers.get(name, "default") == ("default" if value is None else value)


def test_the_headers_of_an_environ_can_be_listed() -> None:
    """By their lower-case names, and each can be looked up again."""
    headers = EnvironHeaders(ENVIRON)
    assert {name: headers[name] for name in headers}.items() >= {
        "accept": "*/*",
        "x-request-id": "7",
        "empty": "",
        "content-type": "application/json",
        "content-length": "12",
    }.items()
    assert len(headers) == len(list(headers)) == 5


def test_a_header_that_only_looks_like_the_type_is_not_listed() -> None:
    """`Content_Type` reaches a WSGI environ with HTTP_ before it, and is no Content-Type."""
    headers = EnvironHeaders({"HTTP_CONTENT_TYPE": "text/html", "HTTP_CONTENT_LENGTH": "1", "HTTP_ACCEPT": "*/*"})
    assert dict(headers) == {"accept": "*/*"}


def test_a_response_frames_its_body() -> None:
    """Content-Length counts bytes, and a header is found in any case."""
    response = Response.json('{"é":1}'.encode())
    assert response.headers == [("Content-Type", "application/json"), ("Content-Length", "8")]
    assert response.header("content-TYPE") == "application/json"
    assert response.header("etag") is None

"""Requests to functions, without a server: what a function would be called with, or what is wrong."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from nuages.errors import Problem
from nuages.http.request import Request
from nuages.parse.inputs import InputReader, signature_of

Function = Callable[..., Any]


def request(
    method: str = "GET", query: str = "", body: Any = None, media_type: str = "application/json", **headers: str
) -> Request:
    """A request; a body that is no bytes is JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    if raw:
        named = {"content-type": media_type, "content-length": str(len(raw)), **named}
    return Request(method, "/", query, named, read=lambda size: raw[:size])


def reader(
    function: Function, method: str = "GET", path: Sequence[str] = (), *, leaves_query: bool = False
) -> InputReader:
    """The reader of a function without mistakes."""
    signature = signature_of(function, method=method, path_names=path)
    assert signature.complaints == ()
    return InputReader(signature, leaves_query=leaves_query)


def form(*parts: tuple[str, str | bytes] | tuple[str, str | bytes, str, str], **headers: str) -> Request:
    """A POST of multipart/form-data; a part is a name and a text, or with a file name and a media type."""
    lines = []
    for name, content, *file in parts:
        named = f'; filename="{file[0]}"\r\nContent-Type: {file[1]}' if file else ""
        raw = content.encode() if isinstance(content, str) else content
        head = f'--cut\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
        lines.append(head.encode() + raw + b"\r\n")
    body = b"".join([*lines, b"--cut--\r\n"])
    return request("POST", body=body, media_type="multipart/form-data; boundary=cut", **headers)


def given(function: Function, asked: Request, **path: str) -> dict[str, Any]:
    """What a function is called with."""
    return reader(function, asked.method, tuple(path)).read(asked, tuple(path.values()))


def refused(function: Function, asked: Request, **path: str) -> tuple[int, list[tuple[str, str]]]:
    """The status of a refusal, with pointers and codes."""
    with pytest.raises(Problem) as caught:
        given(function, asked, **path)
    return caught.value.status, [(fault.pointer, fault.code) for fault in caught.value.faults]


def complaints(
    function: Function, method: str = "GET", path: Sequence[str] = (), provided: Collection[Any] = ()
) -> list[tuple[str, str]]:
    """What is wrong in a signature."""
    return list(signature_of(function, method=method, path_names=path, provided=provided).complaints)

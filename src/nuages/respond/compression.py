"""Turn the answer of a read into a shorter one for whoever takes it, with a validator and headers of its own.

Which answers are reads is known by who calls. Nobody's cookie brings one that is compressed: a page of another site
could send the request, and learn from the length what it guessed right (BREACH).
Source: RFC 9110 sections 8.8.3.3 and 12.5.3; breachattack.com.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nuages.http.codings import GZIP, GzippedPieces, gzipped, takes_gzip
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal

_END, _CODED_END = '"', f'-{GZIP}"'
_CONDITIONS = ("if-none-match", "if-match")
_OK, _NOT_MODIFIED = 200, 304


class Compression:
    """Compresses answers of `min_bytes` and more."""

    def __init__(self, *, min_bytes: int) -> None:
        self._min_bytes = min_bytes

    def read(self, request: Request) -> None:
        """Let conditions that name a compressed answer mean the plain one, of which alone the others know."""
        if any(_CODED_END in (request.headers.get(name) or "") for name in _CONDITIONS):
            request.headers = _Plain(request.headers)

    def apply(self, request: Request, response: Response, principal: Principal) -> None:
        """Compress the answer of a read, where its client takes that."""
        if response.status == _NOT_MODIFIED:
            _name_the_one_they_have(request, response)
        elif response.status == _OK and self._may(request, response, principal):
            _compress(response)

    def _may(self, request: Request, response: Response, principal: Principal) -> bool:
        if response.flow is not None:  # it would take 256 kB each, for as long as each is open
            return False
        if principal.method == "session" or not takes_gzip(request.header("accept-encoding")):
            return False
        is_long = response.header("Content-Length") is None or len(response.body) >= self._min_bytes
        is_changeable = "no-transform" not in (response.header("Cache-Control") or "")
        return is_long and is_changeable and response.header("Content-Encoding") is None


class _Plain(Mapping[str, str]):
    """A request's headers, in which no condition names a compressed answer; `coded` are those that were sent."""

    def __init__(self, coded: Mapping[str, str]) -> None:
        self.coded = coded

    def __getitem__(self, name: str) -> str:
        text = self.coded[name]
        return text.replace(_CODED_END, _END) if name in _CONDITIONS else text

    def __iter__(self) -> Iterator[str]:
        return iter(self.coded)

    def __len__(self) -> int:
        return len(self.coded)


def _compress(response: Response) -> None:
    if response.pieces is not None:
        response.pieces = GzippedPieces(response.pieces)
    elif response.body:
        response.body = gzipped(response.body)
    etag, length = response.header("ETag"), response.header("Content-Length")
    kept = [pair for pair in response.headers if pair[0] not in ("ETag", "Content-Length")]
    told = [("ETag", _coded(etag))] if etag else []
    counted = [("Content-Length", str(len(response.body)))] if length is not None else []
    response.headers = [*kept, *told, *counted, ("Content-Encoding", GZIP)]


def _coded(etag: str) -> str:
    return etag.removesuffix(_END) + _CODED_END


def _name_the_one_they_have(request: Request, response: Response) -> None:
    """Of two answers that are the same but for their coding, a 304 names the one that its client has."""
    etag = response.header("ETag")
    if etag is None or not isinstance(request.headers, _Plain):
        return
    sent = request.headers.coded.get("if-none-match") or ""
    if _coded(etag).removeprefix("W/") in sent:
        response.headers = [(name, _coded(text) if name == "ETag" else text) for name, text in response.headers]

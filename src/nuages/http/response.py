"""One plain Response: status, headers, body. Servers write it to their sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


@dataclass(slots=True)
class Response:
    """One response as every server writes it.

    Shapes: `headers` is a list of (name, value), `Content-Length` included; `body` is empty for HEAD and 204.
    """

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def json(cls, body: bytes, *, status: int = 200, media_type: str = JSON) -> Response:
        """Frame bytes that already are JSON."""
        return cls(status, body, [("Content-Type", media_type), ("Content-Length", str(len(body)))])

    def header(self, name: str) -> str | None:
        """Look up a header by name in any case; None when absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

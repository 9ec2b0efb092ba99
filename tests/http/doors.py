"""Ask through Django's handlers with every middleware, and straight to the core. No test lives here."""

import io
import json
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from nuages.servers.front import Front
from nuages.servers.guards import Guards
from nuages.servers.mounts import find_mounts
from nuages.servers.wsgi_app import WsgiApplication
from tests.http.asking import SAME
from tests.unit.servers.calls import Answer, call_wsgi, environ_of

WAYS = ("view", "straight")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `cookies` are those that were set."""

    answer: Answer

    @property
    def status(self) -> int:
        """The status code."""
        return self.answer.status

    @property
    def document(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.answer.body or b"null")

    @property
    def code(self) -> str:
        """The problem's code; empty for no problem."""
        return str((self.document or {}).get("type", "")).rpartition(":")[2]

    @property
    def cookies(self) -> SimpleCookie:
        """What `Set-Cookie` holds, each header read by itself."""
        jar = SimpleCookie()
        for name, value in self.answer.headers:
            if name.lower() == "set-cookie":
                jar.load(value)
        return jar

    def header(self, name: str) -> str | None:
        """A header by its name, in any case."""
        return self.answer.header(name)


def knock(
    way: str, method: str, url: str, document: Any = None, *, secure: bool = False, **headers: str | None
) -> Reply:
    """Send a request; `x_api_key` is the header of that name, and bytes are sent as they are."""
    path, _, query = url.partition("?")
    body = document if isinstance(document, bytes) else json.dumps(document).encode() if document is not None else b""
    named = {"content_type": "application/json", **headers} if document is not None else headers
    named = {"x_request_id": SAME, **named}
    environ = {
        name.upper() if name == "content_type" else f"HTTP_{name.upper()}": text
        for name, text in named.items()
        if text is not None
    }
    environ |= {"QUERY_STRING": query, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    environ |= {"wsgi.url_scheme": "https", "SERVER_PORT": "443"} if secure else {"SERVER_PORT": "80"}
    return Reply(call_wsgi(application(way), environ_of(path, method, **environ)))


def application(way: str) -> Any:
    """The WSGI application of a way, with the present settings."""
    return WSGIHandler() if way == "view" else WsgiApplication(Front(find_mounts(), Guards()), _no_django)


def _no_django(environ: Any, start_response: Any) -> Any:
    raise AssertionError("the straight path leads to the core")

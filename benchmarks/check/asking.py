"""Ask `nuages.wsgi`, in this process, what a server would ask it. Nothing is measured here."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import WSGIApplication

from benchmarks.check.questions import QUESTIONS, draw_values

Environ = dict[str, Any]
Headers = Sequence[tuple[str, str]]

_HEADERS = {
    "Host": "api.example.com",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "check",
}


class WrongAnswerError(Exception):
    """A request was not answered as it must be; how much that took does not matter."""


@dataclass(slots=True)
class Answers:
    """What the application answered, in order; `start_response` is what WSGI calls so."""

    started: list[tuple[str, Headers]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def start_response(self, status: str, headers: Headers) -> None:
        """Note the status line and the headers."""
        self.started.append((status, headers))


def ask(application: Any, environs: Sequence[Environ]) -> Answers:
    """Ask one after the other; this loop is what is measured, so that it does next to nothing itself."""
    answers = Answers()
    start_response, keep = answers.start_response, answers.bodies.extend
    for environ in environs:
        keep(application(environ, start_response))
    return answers


def prepare(application: WSGIApplication, name: str, count: int) -> list[Environ]:
    """Make the environs of so many askings of a fixed request; each serves once."""
    question = QUESTIONS[name]
    asked = [(question.path.format(**values), question.query.format(**values)) for values in draw_values(name, count)]
    if not question.before:
        return [_environ(*one) for one in asked]
    earlier = ask(application, [_environ(*one) for one in asked])
    learn = _follow_next if question.before == "next" else _send_back_etag
    return [
        learn(*one, headers, body)
        for one, (_, headers), body in zip(asked, earlier.started, earlier.bodies, strict=True)
    ]


def check(name: str, answers: Answers) -> None:
    """Make sure that answers are what they should be.

    Raises: WrongAnswerError with the first that is not.
    """
    wanted = str(QUESTIONS[name].status)
    for (status, _), body in zip(answers.started, answers.bodies, strict=True):
        if not status.startswith(wanted):
            raise WrongAnswerError(f"{name}: {status} instead of {wanted}: {body[:300]!r}")


def _follow_next(path: str, query: str, headers: Headers, body: bytes) -> Environ:  # noqa: ARG001  # as the other
    return _environ(path, json.loads(body)["next"].partition("?")[2])


def _send_back_etag(path: str, query: str, headers: Headers, body: bytes) -> Environ:  # noqa: ARG001  # as the other
    return _environ(path, query, {"If-None-Match": dict(headers)["ETag"]})


def _environ(path: str, query: str, more: Mapping[str, str] | None = None) -> Environ:
    """What a server hands over. Source: PEP 3333; the names are granian's."""
    headers = {**_HEADERS, **(more or {})}
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }

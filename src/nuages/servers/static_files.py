"""Serve what `collectstatic` has put into STATIC_ROOT under STATIC_URL, so that the admin needs no web server in front.

Which files there are is found out once, at the start: a path that is not in that table reaches no file system.
Source: whitenoise.readthedocs.io; docs.djangoproject.com, "How to manage static files".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import FileWrapper

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise import WhiteNoise

from nuages.servers.asgi_body import Message, Receive
from nuages.servers.passing import note_route

Scope: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_PIECE_BYTES = 65_536
_FRESH_S = 60  # of a file whose name says nothing of what is in it


class StaticFiles:
    """The files of a directory, by path.

    Shapes: `prefix` is "/static/". A name that holds the hash of its file may be kept for ever; others for a minute,
        and are asked for by their tag then.
    """

    def __init__(self, root: Path, prefix: str) -> None:
        lasting = {prefix + name for name in getattr(staticfiles_storage, "hashed_files", {}).values()}
        found = WhiteNoise(
            None,
            root=str(root),
            prefix=prefix,
            max_age=_FRESH_S,
            allow_all_origins=False,
            add_headers_function=lambda headers, _path, _url: headers.add_header("X-Content-Type-Options", "nosniff"),
            immutable_file_test=lambda _path, url: url in lasting,
        )
        self.route = f"{prefix}{{path}}"
        self._by_path: Mapping[str, Any] = found.files

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._by_path

    def open(self, path: str, method: str, headers: Mapping[str, Any]) -> Any:
        """Give status, headers and the open file; None where it was taken away since the start.

        Shapes: `headers` are named as in an environ, "HTTP_RANGE".
        """
        try:
            return self._by_path[path].get_response(method, headers)
        except OSError:
            return None


def find_files() -> StaticFiles | None:
    """The project's files; None where there are none, or another server is to send them."""
    root, prefix = static_root(), static_prefix()
    if root is None or not prefix or not root.is_dir():
        return None
    return StaticFiles(root, prefix)


def static_root() -> Path | None:
    """Where the files are: STATIC_ROOT, unless NUAGES_STATIC_FILES is False."""
    is_there = "django.contrib.staticfiles" in settings.INSTALLED_APPS and bool(settings.STATIC_ROOT)
    return Path(settings.STATIC_ROOT) if is_there and getattr(settings, "NUAGES_STATIC_FILES", True) else None


def static_prefix() -> str:
    """The path of STATIC_URL below the application's own prefix; "" where another host has the files."""
    parts = urlsplit(settings.STATIC_URL or "")
    path = parts.path.removeprefix((settings.FORCE_SCRIPT_NAME or "").rstrip("/"))
    return "" if parts.netloc or not path.strip("/") else f"/{path.strip('/')}/"


def wsgi_files(application: WSGIApplication, files: StaticFiles) -> WSGIApplication:
    """Send files, and let the application answer everything else."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode(errors="replace")
        response = files.open(path, environ["REQUEST_METHOD"], environ) if files.has(path) else None
        if response is None:
            return application(environ, start_response)
        note_route(files.route)
        start_response(f"{response.status.value} {response.status.phrase}", list(response.headers))
        wrap = environ.get("wsgi.file_wrapper", FileWrapper)
        return wrap(response.file, _PIECE_BYTES) if response.file is not None else []

    return answer


def asgi_files(application: Application, files: StaticFiles) -> Application:
    """Send files, and let the application answer everything else."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = None
        if scope["type"] == "http" and files.has(scope["path"]):
            asked = _as_environ(scope["headers"])
            response = await asyncio.to_thread(files.open, scope["path"], scope["method"], asked)
        if response is None:
            await application(scope, receive, send)
            return
        note_route(files.route)
        headers = [(name.lower().encode("latin-1"), str(text).encode("latin-1")) for name, text in response.headers]
        await send({"type": "http.response.start", "status": response.status.value, "headers": headers})
        await _send_file(response.file, send)

    return answer


def _as_environ(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    read = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in headers]
    return {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in read}


async def _send_file(file: Any, send: Send) -> None:
    try:
        while file is not None and (piece := await asyncio.to_thread(file.read, _PIECE_BYTES)):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        if file is not None:
            file.close()

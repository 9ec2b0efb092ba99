"""From WSGI to a core and back; whatever is no core's goes to Django's own handler untouched.

Source: PEP 3333.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.urls import set_script_prefix
from django.utils.encoding import repercent_broken_unicode

from nuages.http.request import EnvironHeaders, Request
from nuages.servers.background import wait_in_background
from nuages.servers.connections import kept_connections, note_view
from nuages.servers.flow_pieces import in_pieces
from nuages.servers.found_files import FoundFiles
from nuages.servers.front import Front, Way
from nuages.servers.guards import authority_of
from nuages.servers.leaving import last_on_connection, leaving
from nuages.servers.lent_connections import ended_transactions
from nuages.servers.pieces import environ_shows_breaks, sendable
from nuages.servers.static_files import find_files, wsgi_files
from nuages.servers.wsgi_body import input_pieces, read_input

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class WsgiApplication:
    """A WSGI application: the cores' paths straight to the cores, every other path to Django."""

    def __init__(self, front: Front, django: WSGIApplication) -> None:
        self._front = front
        self._django = django

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        """Answer a request."""
        received_s = perf_counter()
        if leaving.is_told:
            start_response = last_on_connection(start_response)
        path, is_text = read_path(environ.get("PATH_INFO") or "/")
        way = self._front.find(path)
        if way is not None:
            request = self._read_request(environ, way, path)
            request.received_s = received_s
            authority = authority_of(environ.get("RAW_URI") or "/")
            response = self._front.answer(way, request, authority=authority, is_text=is_text)
            if response is not None:
                if response.coming is not None:
                    with kept_connections(), ended_transactions():
                        response = wait_in_background(response.coming, request)
                if response.flow is not None:
                    request.shows_breaks = environ_shows_breaks(environ)
                    response = in_pieces(response, request, kept_connections)
                elif response.pieces is not None:
                    request.shows_breaks = environ_shows_breaks(environ)
                    response = sendable(response, request)
                start_response(_STATUS_LINES.get(response.status, f"{response.status} Unknown"), response.headers)
                return [response.body] if response.pieces is None else response.pieces
        note_view()
        return self._django(environ, start_response)

    def _read_request(self, environ: WSGIEnvironment, way: Way, path: str) -> Request:
        script_name = get_script_name(environ).rstrip("/") if _may_have_script_name(environ) else ""
        if script_name:
            set_script_prefix(f"{script_name}/")  # as Django does, for whoever calls reverse()
        headers = EnvironHeaders(environ)
        return Request(
            method=environ["REQUEST_METHOD"],
            path=path[len(way.prefix) :],
            query=environ.get("QUERY_STRING", ""),
            headers=headers,
            prefix=script_name + way.prefix,
            secure=self._front.guards.is_secure(headers, environ["wsgi.url_scheme"]),
            read=partial(read_input, environ),
            pieces=partial(input_pieces, environ),
            peer=environ.get("REMOTE_ADDR", ""),
        )


def _may_have_script_name(environ: WSGIEnvironment) -> bool:
    """Whether Django's function, which decodes three variables for it, could find one."""
    is_told = environ.get("SCRIPT_NAME") or "SCRIPT_URL" in environ or "REDIRECT_URL" in environ
    return bool(is_told) or settings.FORCE_SCRIPT_NAME is not None


def read_path(raw: str) -> tuple[str, bool]:
    """Turn PATH_INFO into text, and tell whether it was text at all.

    Shapes: WSGI hands over bytes as latin-1, which are UTF-8: "/caf\\xc3\\xa9" is ("/café", True). Bytes that are no
        UTF-8 come back percent-encoded, with False. "%2F" is what the server made of it, a slash with most.
    """
    if raw.isascii():
        return raw, True
    try:
        return raw.encode("latin-1").decode(), True
    except UnicodeDecodeError:
        return repercent_broken_unicode(raw.encode("latin-1")).decode(), False


def django_application(handler: WSGIHandler) -> WSGIApplication:
    """Give Django's own handler, with static files: with DEBUG found as runserver finds them, else collected ones."""
    if settings.DEBUG:
        serves_files = "django.contrib.staticfiles" in settings.INSTALLED_APPS
        return FoundFiles(handler) if serves_files else handler
    files = find_files()
    return handler if files is None else wsgi_files(handler, files)

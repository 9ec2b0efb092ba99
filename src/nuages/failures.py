"""Turn whatever went wrong on a request's way into the problem that answers it, and one log entry where it is ours.

Which problem an error is, the nearest class of it that somebody speaks for decides: an author's handler, else the rooms
below. What a problem looks like is `respond.problem`'s.
Source: docs.djangoproject.com, "Django Exceptions"; RFC 9457 section 5 (nothing of the inside is shown).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError

from nuages.change.conflicts import invalid
from nuages.errors import BadRequest, ContentTooLarge, NotAllowed, NotFound, Problem
from nuages.execute.failures import problem_of as problem_of_database
from nuages.execute.migrated import behind
from nuages.http.bodies import incomplete_body
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.principal import Principal
from nuages.logs import log_entry
from nuages.permit.refusals import refusal
from nuages.permit.rules import RuleFailed
from nuages.respond.problem import Render, problem_response, rendered_problem

Handler: TypeAlias = Callable[[Any], Any]
Known: TypeAlias = Callable[[Exception], Problem | None]

_OF_DJANGO: tuple[tuple[tuple[type[Exception], ...], Callable[[Any, Principal], Problem]], ...] = (
    ((Http404, django.ObjectDoesNotExist), lambda *_: NotFound("There is no such member.")),
    ((django.PermissionDenied,), lambda _, principal: refusal(principal)),
    ((django.ValidationError,), lambda error, _: invalid(error)),
    ((django.RequestDataTooBig,), lambda *_: ContentTooLarge("The body is longer than is read here.")),
    ((django.SuspiciousOperation,), lambda *_: BadRequest("This request is refused.")),
    ((django.BadRequest,), lambda *_: BadRequest("This request cannot be understood.")),
    ((UnreadablePostError,), lambda *_: incomplete_body()),
)
_OF_DATABASES = (IntegrityError, DataError, OperationalError, InterfaceError)
_SPOKEN_FOR = frozenset([*(each for classes, _ in _OF_DJANGO for each in classes), *_OF_DATABASES])


class HandlerFailed(Exception):
    """An author's handler has failed itself; its own error, if it raised one, is the cause."""


class Failures:
    """What an API answers when something fails.

    Shapes: `handlers` are an author's, each by the class of the errors that it answers for. A handler gets the error
        and returns a Problem, or raises one. `render` is an author's too, and writes the problems; None where they are
        written as problem documents.
    """

    def __init__(self, handlers: Mapping[type[Exception], Handler], render: Render | None = None) -> None:
        self._handlers = handlers
        self._render = render

    def problem_of(self, error: Exception, principal: Principal, known: Known = lambda _: None) -> Problem | None:
        """Tell which problem an error is by what an author, a room or Django means by it; None where nobody says.

        Shapes: `known` is what the room where it was met says of it.
        Raises: HandlerFailed.
        """
        if isinstance(error, Problem):
            return error
        meant = _meant(error)
        if meant is None:
            return None
        handler = self._handler(meant, until=_SPOKEN_FOR)
        return _ask(handler, meant) if handler else known(meant) or _of_django(meant, principal)

    def answer(self, error: Exception, request: Request, principal: Principal) -> Response:
        """Answer for an error; whatever it is, with a problem that shows nothing of it."""
        try:
            if isinstance(error, Problem) and error.status != Problem.status:  # nearly all of them: as they are
                return self.told(error, request)
            return self.told(self._explain(error, request, principal), request)
        except Exception as failure:  # noqa: BLE001  # of a handler, or a problem of an author's that cannot be sent
            return self.told(_report(failure, request), request)

    def told(self, problem: Problem, request: Request) -> Response:
        """Write a problem; where an author's function cannot, as a problem document, and the failure is logged."""
        if self._render is None:
            return problem_response(problem, request)
        try:
            return rendered_problem(problem, request, self._render)
        except Exception as failure:  # noqa: BLE001  # whatever it is, the client is told of the problem
            _report(failure, request)
            return problem_response(problem, request)

    def _explain(self, error: Exception, request: Request, principal: Principal) -> Problem:
        problem = self.problem_of(error, principal)
        if problem is None:
            problem = _of_database(error, request) or self._last(error) or _report(error, request)
        elif problem.status == Problem.status:
            _report(error, request)
        return problem

    def _last(self, error: Exception) -> Problem | None:
        """What a handler for anything at all says, where a nearer class was spoken for and nobody said anything."""
        meant = _meant(error)
        handler = self._handler(meant) if meant else None
        return _ask(handler, meant) if handler and meant else None

    def _handler(self, error: Exception, until: frozenset[type] = frozenset()) -> Handler | None:
        for each in type(error).__mro__:
            if each in self._handlers or each in until:
                return self._handlers.get(each)
        return None


def _meant(error: Exception) -> Exception | None:
    """The error to speak of: the rule's own where a rule has failed, none where a handler has."""
    if isinstance(error, RuleFailed):
        return error.__cause__ if isinstance(error.__cause__, Exception) else None
    return None if isinstance(error, HandlerFailed) else error


def _ask(handler: Handler, error: Exception) -> Problem:
    name = getattr(handler, "__qualname__", repr(handler))
    try:
        problem = handler(error)
    except Problem as raised:
        return raised
    except Exception as failure:
        raise HandlerFailed(f"The handler {name} failed.") from failure
    if not isinstance(problem, Problem):
        raise HandlerFailed(f"The handler {name} answered {type(problem).__name__}, which is no Problem.") from error
    return problem


def _of_django(error: Exception, principal: Principal) -> Problem | None:
    for classes, make in _OF_DJANGO:
        if isinstance(error, classes):
            if isinstance(error, django.SuspiciousOperation):  # where Django's own handler logs it
                log_entry(logging.ERROR, "%s", error, log=f"django.security.{type(error).__name__}")
            return make(error, principal)
    return None


def _of_database(error: Exception, request: Request) -> Problem | None:
    meant = _meant(error)
    problem = (problem_of_database(meant) or behind(meant)) if meant else None
    if problem is not None:
        log_entry(logging.WARNING, "%s %s: %s", request.method, request.prefix + request.path, meant)
    return problem


def _report(error: Exception, request: Request) -> Problem:
    """Log what nobody foresaw. A rule that could not say yes has said no; all else is a failure of the server.

    Of that Django tells first whoever listens, such as Sentry or a test's client. There is no HttpRequest to give them
    on the straight path; receivers know of None.
    """
    is_refused = isinstance(error, RuleFailed)
    if not is_refused:
        with suppress(Exception):  # of a log, to which Django writes of a receiver that fails
            got_request_exception.send_robust(sender=None, request=None)
    log_entry(logging.ERROR, "%s %s failed", request.method, request.prefix + request.path, error=error)
    return NotAllowed("You may not do this.") if is_refused else Problem("This server failed; the failure is logged.")

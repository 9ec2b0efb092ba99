"""Serve the description of an API at `/openapi.json`, and the page that shows it at `/docs`, to whoever may read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.conf import settings

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.principal import Principal
from nuages.openapi import page_answer
from nuages.openapi.document import document_of
from nuages.operation import Endpoint
from nuages.parse.pairs import refuse_parameters
from nuages.permit.refusals import refusal
from nuages.permit.rules import Rule, anyone, as_rule, staff
from nuages.pipeline import Pipeline

PATH = "/openapi.json"


def offer_description(
    title: str, version: str, pipeline: Pipeline, ways: Sequence[Authenticator], *, docs: Any = None
) -> None:
    """Let a pipeline answer for its own description, and for the page that shows it.

    Shapes: `docs` is the rule of who may read it; None for anyone while DEBUG is on, and for staff where it is not. An
        endpoint of the author's own at one of these paths stays.
    """

    def document(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
        refuse_parameters(request.query)
        _demand(docs, principal)
        described = document_of(title, version, pipeline, prefix=request.prefix, principal=principal)
        return Response.json(msgspec.json.encode(described))

    def shown(request: Request, principal: Principal, _arguments: tuple[str, ...]) -> Response:
        _demand(docs, principal)
        return page_answer.page(title, request)

    def file(request: Request, _principal: Principal, arguments: tuple[str, ...]) -> Response:
        return page_answer.file_of(request, arguments[0])

    identify = Identifier(ways)
    pipeline.enter("GET", PATH, Endpoint(document, identify))
    pipeline.enter("GET", page_answer.PATH, Endpoint(shown, identify, negotiates=True))
    pipeline.enter("GET", page_answer.FILES, Endpoint(file, Identifier(()), negotiates=True))


def docs_mistakes(title: str, docs: Any) -> Iterable[Misdeclared]:
    """What is wrong with who may read the description: `nuages.E079`."""
    if docs is None or callable(docs):
        if isinstance(docs, Rule) and docs.is_about_rows:
            hint = "Give it a rule about who asks, such as staff."
            yield Misdeclared("nuages.E079", f"API(title={title!r})", f"docs={docs!r} is about rows.", hint)
        return
    yield Misdeclared("nuages.E079", f"API(title={title!r})", f"docs={docs!r} is no rule.", "Such as docs=staff.")


def is_open(docs: Any) -> bool:
    """Whether anyone may read what this rule is for."""
    return _rule(docs).constant is True


def _rule(docs: Any) -> Rule:
    if docs is not None:
        return as_rule(docs)
    return anyone if settings.DEBUG else staff


def _demand(docs: Any, principal: Principal) -> None:
    rule = _rule(docs)
    if rule(principal) is not True:
        raise refusal(principal, rule)

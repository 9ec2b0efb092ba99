"""An author's function writes the problems of an API, in whatever format its clients know."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.utils.functional import lazystr

from nuages import API, Bearer, Conflict, Problem, Resource, anyone, authenticated
from nuages.errors import DeclarationError
from nuages.http.request import Request
from nuages.http.response import Response
from shop.models import Book, Tag
from tests.docs.blocks import ROOT, blocks
from tests.http.asking import SAME, send
from tests.http.failing import entries


class Errors(msgspec.Struct):
    """A document of another format."""

    body: list[str]


class Refused(msgspec.Struct):
    """And what it stands in."""

    errors: Errors


def _render(problem: Problem, request: Request) -> Any:
    lines = [f"{fault.pointer} {fault.code}" for fault in problem.faults] or [f"{request.method} {problem.code}"]
    return Refused(Errors(lines))


def _api(render: Callable[..., Any] = _render) -> API:
    api = API(title="Shop", authenticate=[Bearer()])
    api.problem_renderer(render)
    open_ = {"fields": ["id", "name"], "writable": ["name"], "rules": {"read": anyone, "write": anyone}}
    api.resource(Tag)(type("Tags", (Resource,), open_))
    api.resource(Book)(type("Books", (Resource,), {"fields": ["id"], "rules": {"read": authenticated}}))
    return api


def _post(api: API, body: bytes) -> Response:
    sized = {"content_type": "application/json", "content_length": str(len(body))}
    return send(api, "/tags", "POST", body=body, **sized)


def _said(response: Response) -> Any:
    assert response.header("Content-Type") == "application/json"
    assert response.header("Content-Length") == str(len(response.body))
    assert response.header("X-Request-ID") == SAME
    return response.status, json.loads(response.body)["errors"]["body"]


def test_every_problem_is_written_by_it(rows: Any) -> None:
    """Those of the router, of tokens and rules, of the query and of bodies; their headers stay."""
    api = _api()
    assert _said(send(api, "/nowhere")) == (404, ["GET not-found"])
    lost = send(api, "/tags", "PUT")
    assert (_said(lost), lost.header("Allow")) == ((405, ["PUT method-not-allowed"]), "GET, HEAD, OPTIONS, POST, QUERY")
    assert _said(send(api, "/tags?x=1")) == (400, ["?x unknown-parameter"])
    assert _said(send(api, "/tags/999999999")) == (404, ["GET not-found"])
    assert _said(send(api, "/tags", accept="text/csv;q=1"))[0] == 406
    assert _said(_post(api, b"{"))[0] == 400
    assert _said(_post(api, b'{"name": 7}')) == (422, ["/name invalid-value"])
    nobody, wrong = send(api, "/books"), send(api, "/books", authorization="Bearer x")
    assert (_said(nobody), nobody.header("WWW-Authenticate")) == ((401, ["GET not-identified"]), 'Bearer realm="api"')
    assert _said(wrong) == (401, ["GET invalid-token"])
    assert wrong.header("WWW-Authenticate") == 'Bearer error="invalid_token"'
    assert send(api, "/nowhere", "HEAD").body == b""


def test_the_one_of_the_page_on_errors_does_as_shown(rows: Any) -> None:
    """It runs as it stands there."""
    shown = blocks(ROOT / "docs/reference/errors.md")
    (place,) = [index for index, each in enumerate(shown) if "problem_renderer" in each.text]
    scope: dict[str, Any] = {}
    exec(shown[place].text, scope)
    response = send(scope["api"], "/nowhere")
    assert (response.status, json.loads(response.body)) == (404, json.loads(shown[place + 1].text))


def test_another_status_may_stand_for_it(rows: Any) -> None:
    """A format that knows no 404; the headers of the answer are those of the new status."""
    api = _api(lambda problem, _: (422, {"errors": {"body": [problem.detail]}}))
    assert _said(send(api, "/nowhere")) == (422, ["Nothing is served under this path."])
    assert _said(send(api, "/books"))[0] == 422


def test_words_that_are_translated_late_are_sent(rows: Any) -> None:
    """As in a problem document."""
    api = _api(lambda *_: {"errors": {"body": [lazystr("Non.")]}})
    assert _said(send(api, "/nowhere")) == (404, ["Non."])


def _fail(problem: Problem, request: Request) -> Any:
    raise LookupError("the renderer")


@pytest.mark.parametrize(
    "render",
    [
        _fail,
        lambda *_: (_ for _ in ()).throw(Conflict("A problem of its own.")),
        lambda *_: (200, {}),
        lambda *_: ("404", {}),
        lambda *_: (1, 2, 3),
        lambda *_: {"half": "\ud800"},
    ],
    ids=["raises", "raises a problem", "a success", "no number", "three", "no JSON"],
)
def test_where_it_fails_the_problem_document_is_sent(render: Any, rows: Any, caplog: Any) -> None:
    """The client is told what it would have been told without it, and the log has the failure."""
    response = send(_api(render), "/nowhere")
    assert (response.status, response.header("Content-Type")) == (404, "application/problem+json")
    assert json.loads(response.body)["type"] == "urn:nuages:problem:not-found"
    assert len(entries(caplog)) == 1


def test_it_writes_the_failures_of_the_server_too(rows: Any, caplog: Any) -> None:
    """A 500 is one entry in the log, whoever writes it down."""
    api = _api()

    def broken(_: Any) -> bool:
        raise Problem("Broken.")

    api.resource(Tag)(type("More", (Resource,), {"path": "more", "fields": ["id"], "rules": {"read": broken}}))
    assert _said(send(api, "/more")) == (500, ["GET internal-error"])
    assert len(entries(caplog)) == 1


def _of_one(problem: Problem) -> Any:
    """Takes too little."""


async def _async(problem: Problem, request: Request) -> Any:
    """Does not answer at once."""


@pytest.mark.parametrize(
    ("renderers", "said"),
    [
        ([_of_one], "_of_one must take 2 arguments, the problem and the request."),
        ([_async], "_async is async; a handler answers at once."),
        ([Refused], "Refused is no function."),
        ([_render, _fail], "problem_renderer(_fail): _render writes the problems already."),
    ],
)
def test_a_wrong_one_is_refused_at_start(renderers: list[Any], said: str) -> None:
    """With its place and what would be right."""
    api = API(title="Shop")
    for each in renderers:
        api.problem_renderer(each)
    with pytest.raises(DeclarationError) as caught:
        api.build()
    (mistake,) = caught.value.mistakes
    assert (mistake.id, mistake.message) == ("nuages.E030", said)
    assert mistake.hint == "Write @api.problem_renderer above def render(problem, request), once."

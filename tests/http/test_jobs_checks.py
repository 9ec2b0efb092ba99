"""What stands against running a function as a job is told when the API is built: `nuages.E076`."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, SecretStr

from nuages import (
    API,
    Cookie,
    Header,
    Job,
    JobContext,
    OneMember,
    Page,
    Principal,
    Reply,
    Request,
    Resource,
    Response,
    Upload,
    anyone,
    authenticated,
)
from nuages.errors import DeclarationError
from nuages.jobs.registry import find
from shop.models import Book, Tag


class Told:
    """Of an upload's name."""


class Login(BaseModel):
    password: SecretStr


class Around(BaseModel):
    logins: list[Login]


class Custom:
    """What has no JSON."""


def mistakes(api: API) -> list[str]:
    """What is wrong, without where."""
    with pytest.raises(DeclarationError) as caught:
        api.build()
    assert {each.id for each in caught.value.mistakes} == {"nuages.E076"}, caught.value
    for each in caught.value.mistakes:
        assert each.hint
        assert re.match(r"tests/http/test_jobs_checks\.py:\d+ \w+", each.place), each.place
    return [each.message for each in caught.value.mistakes]


def with_request(request: Request) -> None: ...
def with_file(file: Upload) -> None: ...
def with_header(language: Annotated[str, Header()]) -> None: ...
def with_cookie(token: Annotated[str, Cookie()]) -> None: ...
def with_secret(data: Login) -> None: ...
def with_secret_inside(data: Around) -> None: ...
def with_response() -> Response: ...  # type: ignore[empty-body]
def with_reply() -> Reply[int]: ...  # type: ignore[empty-body]
def with_page() -> Page: ...  # type: ignore[empty-body]
def with_member() -> OneMember: ...  # type: ignore[empty-body]
def with_stream() -> Iterator[int]:
    yield 1


def plain() -> None: ...


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (with_request, "takes Request"),
        (with_file, "takes the file 'file'"),
        (with_header, "takes the header 'language'"),
        (with_cookie, "takes the cookie 'token'"),
        (with_secret, "'data', which cannot be kept for a worker: password of Login"),
        (with_secret_inside, "'data', which cannot be kept for a worker: password of Around"),
        (with_response, "answers with a Response"),
        (with_reply, "answers with Reply"),
        (with_page, "answers with Page or OneMember"),
        (with_member, "answers with Page or OneMember"),
        (with_stream, "is a job and a stream"),
    ],
)
def test_what_a_job_cannot_take_or_answer(function: Any, said: str) -> None:
    """Each with what to do instead."""
    api = API(title="Misdeclared")
    api.post("/x", rule=anyone, job=True)(function)
    (message,) = mistakes(api)
    assert said in message
    assert find("Misdeclared: POST /x") is None


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"job": "yes"}, "has job='yes'"),
        ({"job": Job(schedule="0 6 * * *")}, "has a schedule"),
        ({"job": Job(max_attempts=0)}, "has max_attempts=0"),
        ({"job": True, "status": 201}, "has a status"),
        ({"job": True, "atomic": False}, "has atomic="),
    ],
)
def test_terms_that_do_not_go_together(terms: Any, said: str) -> None:
    """Each with what to do instead."""
    api = API(title="Misdeclared")
    api.post("/x", rule=anyone, **terms)(plain)
    (message,) = mistakes(api)
    assert said in message


def test_get_asks_for_nothing_to_be_done() -> None:
    """Neither as an endpoint nor as an action."""
    api = API(title="Misdeclared")
    api.get("/x", rule=anyone, job=True)(plain)
    assert "GET asks for nothing" in mistakes(api)[0]

    class Tags(Resource):
        fields = ["id"]
        rules = {"read": anyone}

    @Tags.action(rule=anyone, method="GET", job=True)
    def look(row: Tag) -> None: ...

    @Tags.action(rule=anyone, job="yes")
    def do(row: Tag) -> None: ...

    others = API(title="Misdeclared")
    others.resource(Tag)(Tags)
    assert {message.rpartition("'")[2] for message in mistakes(others)} >= {"."}


def test_dependencies_are_of_the_worker() -> None:
    """What is made of the request cannot be had there; what is made of the worker cannot be had elsewhere."""
    api = API(title="Misdeclared")

    @api.dependency
    def told(request: Request) -> Told:
        return Told()

    @api.dependency
    def custom(context: JobContext) -> Custom:
        return Custom()

    def of_request(told: Told) -> None: ...
    def of_worker(custom: Custom) -> None: ...

    api.post("/x", rule=anyone, job=True)(of_request)
    api.post("/y", rule=anyone)(of_worker)
    first, second = mistakes(api)
    assert "takes Told, which is made of the request" in first
    assert "takes Custom, which is made of a JobContext, and is no job" in second


def test_a_context_is_for_jobs() -> None:
    """Elsewhere it is a parameter that no request can give."""
    api = API(title="Misdeclared")

    def takes(context: JobContext) -> None: ...

    api.post("/x", rule=anyone)(takes)
    with pytest.raises(DeclarationError, match="no request can give a JobContext"):
        api.build()


@pytest.mark.parametrize("where", ["/jobs", "/jobs/{key}", "resource"])
def test_the_place_of_jobs_is_taken(where: str) -> None:
    """Where there are any; an API without has /jobs for its own."""

    class Own(Resource):
        path = "jobs"
        fields = ["id"]
        rules = {"read": anyone}

    def kept(key: int = 0) -> None: ...

    for has_jobs in (False, True):
        api = API(title="Taken")
        if where == "resource":
            api.resource(Book)(Own)
        else:
            api.get(where, rule=anyone)(kept)
        if not has_jobs:
            assert "/jobs/{key}/result" not in {path for _, path, _ in api.build().pipeline.targets}
            continue
        api.post("/x", rule=authenticated, job=True)(plain)
        (message,) = mistakes(api)
        assert "stands at /jobs" in message


def test_two_jobs_of_one_name() -> None:
    """Workers could not tell them apart, where two APIs have one title."""

    def other(principal: Principal) -> None: ...

    first, second = API(title="Twice"), API(title="Twice")
    first.post("/x", rule=authenticated, job=True)(plain)
    second.post("/x", rule=authenticated, job=True)(other)
    first.build()
    (message,) = mistakes(second)
    assert "'Twice: POST /x'" in message

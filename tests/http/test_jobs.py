"""A job over HTTP: asked for, run by a worker with exactly what was sent, and told to nobody but its owner."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.db.models import ProtectedError
from django.http import Http404
from django.test import Client
from django.urls import path
from openapi_spec_validator import OpenAPIV31SpecValidator

from nuages.errors import Conflict, Unavailable
from nuages.jobs.registry import find
from nuages.models import JobPiece, StoredJob
from nuages.testing import run_jobs
from shop.models import Author, Book, Tag
from tests.http.acting import as_user
from tests.http.asking import send
from tests.http.asking_jobs import (
    Colour,
    Filters,
    Line,
    Order,
    Report,
    api,
    ask,
    asked,
    failing,
    given_back,
    look,
    seen,
    taken,
)
from tests.http.described import demand_as_described, description
from tests.http.writing import change, faults, shown

ORDER = {"deliveredOn": "2026-11-23", "lines": [{"book": 5, "price": "12.50"}], "tags": ["b", "a"]}
MEMBERS = [
    "id", "name", "status", "created_at", "run_at", "started_at", "finished_at", "expires_at", "attempts",
    "max_attempts", "progress", "result", "problem",
]  # fmt: skip
urlpatterns = [path("api/", api.urls)]


@pytest.fixture
def books(database: Any) -> Any:
    """One book in print, and one that is not; nothing has been taken."""
    taken.clear()
    given_back.clear()
    author = Author.objects.create(id=1, name="Colette", country="FR")
    Book.objects.create(id=5, title="Chéri", price="12.50", author=author)
    Book.objects.create(id=6, title="Sido", price="100", author=author, in_print=False)
    return database


def ran(place: str, **rest: Any) -> Any:
    """Run what is due; gives what has become of the job at a place."""
    run_jobs(skip_delays=True)
    return seen(place, **rest)


def test_a_job_is_accepted(books: Any) -> None:
    """202 says where it is, and when to look again; the function is not called."""
    response = ask("/reports/FR", ORDER)
    document = shown(response)
    assert (response.status, list(document)) == (202, MEMBERS)
    assert response.header("Location") == f"/jobs/{document['id']}"
    assert response.header("Retry-After") == "2"
    assert (document["name"], document["status"]) == ("Asking jobs: POST /reports/{country}", "queued")
    assert (document["attempts"], document["max_attempts"], document["progress"], document["result"]) == (
        0, 3, None, None,
    )  # fmt: skip
    assert taken == []


def test_what_was_sent_is_what_the_function_gets(books: Any) -> None:
    """Of exactly the types of its signature; what it answers is the result, as its annotation has it."""
    number = uuid.UUID(int=7)
    place = asked(f"/reports/FR?colour=blue&ids={number}&country=FR&least=3", ORDER)
    document = ran(place)
    order = Order(dt.date(2026, 11, 23), [Line(5, Decimal("12.50"))], {"a", "b"})
    assert taken == [("FR", order, "ann", "ann", "session", Colour.BLUE, (number,), Filters("FR", 3))]
    assert (document["status"], document["result"]) == ("succeeded", {"total": "12.50"})
    assert document["progress"] == {"done": 1, "total": 2, "note": "half"}
    assert given_back == ["ann"]


def test_defaults_stay_the_functions_own(books: Any) -> None:
    """What was not sent is not kept."""
    ran(asked("/reports/FR", ORDER))
    assert taken[0][5:] == (Colour.RED, (), None)
    assert set(json.loads(StoredJob.objects.get().arguments)) == {"country", "order"}


def test_models_and_forms_and_coroutines(books: Any) -> None:
    """Whatever reads a request of an endpoint reads that of a job."""
    sent = {"forYear": 2026, "since": "2026-01-01T00:00:00+02:00"}
    document = ran(asked("/models/2026-11-23", sent, method="PUT", user="sam"), user="sam")
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert taken == [(dt.date(2026, 11, 23), Report(forYear=2026, since=moment))]
    assert (document["result"]["forYear"], document["max_attempts"]) == (2026, 5)
    place = asked("/forms", b"name=Ann&count=3", media_type="application/x-www-form-urlencoded")
    assert ran(place)["result"] == {"name": "Ann", "count": 3}
    assert ran(asked("/later", {"number": 3}))["result"] == {"number": 3, "books": 2}


@pytest.mark.parametrize(
    ("url", "document", "status", "places"),
    [
        pytest.param("/reports/FR", {**ORDER, "lines": [{"book": "x"}]}, 422, {"/lines/0/book", "/lines/0/price"}),
        pytest.param("/reports/FR?colour=green", ORDER, 400, {"?colour"}),
        pytest.param("/reports/FR", b"{", 400, {""}),
        pytest.param("/books/5/reprice", {"price": "9", "copies": 0}, 422, {"/copies"}),
        pytest.param("/books/5/reprice?x=1", {"price": "9"}, 400, {"?x"}),
        pytest.param("/books/7/reprice", {"price": "9"}, 404, set()),
        pytest.param("/books/6/reprice", {"price": "9"}, 404, set()),
        pytest.param("/authors/1/rename", None, 428, set()),
    ],
)
def test_every_fault_is_told_at_once(books: Any, url: str, document: Any, status: int, places: set[str]) -> None:
    """And nothing is stored."""
    response = ask(url, document)
    assert response.status == status, response.body
    assert {pointer for pointer, _ in faults(response)} == places
    assert not StoredJob.objects.exists()


def test_nobody_has_no_jobs(books: Any) -> None:
    """Though the rule lets anyone in: a job belongs to whoever asked for it. Before anything is read."""
    response = ask("/files?size=x", user="")
    assert (response.status, shown(response)["type"]) == (401, "urn:nuages:problem:not-identified")
    for url in ("/jobs", f"/jobs/{uuid.uuid4()}", f"/jobs/{uuid.uuid4()}/result"):
        assert look(url, user="").status == 401
    assert not StoredJob.objects.exists()


def test_too_much_is_refused(books: Any) -> None:
    """What is kept of a request has a bound."""
    response = ask("/reports/FR", {**ORDER, "tags": ["x" * 300_000]})
    assert (response.status, StoredJob.objects.exists()) == (422, False)


def test_no_secret_is_kept(books: Any) -> None:
    """Ids and scopes alone; not the session, nor any header."""
    asked("/reports/FR", ORDER, x_secret="hunter2")
    cookie = as_user("ann")["cookie"].partition("=")[2].partition(";")[0]
    job = StoredJob.objects.get()
    ann = get_user_model().objects.get(username="ann")
    said = {"user": str(ann.pk), "method": "session", "scopes": None, "claims": {}}
    assert (job.owner, json.loads(job.principal)) == (f"user:{ann.pk}", said)
    assert cookie
    assert all("hunter2" not in str(each) for each in vars(job).values())


def test_somebody_elses_job_is_none(books: Any) -> None:
    """For staff too: everything answers as for one that is not there; and a list has one's own, the newest first."""
    mine, other = asked("/reports/FR", ORDER), asked("/reports/FR", ORDER, user="sam")
    again = asked("/later", {"number": 1})
    for tail in ("", "/result"):
        answers = [look(f"{place}{tail}", user="sam") for place in (mine, f"/jobs/{uuid.uuid4()}")]
        assert [answer.status for answer in answers] == [404, 404]
        known, unknown = (shown(answer) for answer in answers)
        assert known | {"instance": ""} == unknown | {"instance": ""}
    assert look(mine, user="sam", method="DELETE").status == 404
    assert StoredJob.objects.filter(status="queued").count() == 3
    assert [item["id"] for item in seen("/jobs")["items"]] == [again[6:], mine[6:]]
    assert [item["id"] for item in seen("/jobs", user="sam")["items"]] == [other[6:]]


@pytest.mark.parametrize("key", ["7", "x", "%7B{}%7D", "urn:uuid:{}"])
def test_a_job_has_one_url(books: Any, key: str) -> None:
    """Other spellings of its id are none."""
    place = asked("/reports/FR", ORDER)
    assert look(f"/jobs/{key.format(place[6:])}").status == 404


def test_a_job_is_the_same_in_the_list_and_alone(books: Any) -> None:
    """Each moment is spelled the same, whatever its fraction of a second."""
    place = asked("/reports/FR", ORDER)
    for microsecond in (0, 120_000, 123_456):
        moment = dt.datetime(2026, 1, 2, 3, 4, 5, microsecond, dt.UTC)
        StoredJob._base_manager.using(books.alias).update(created_at=moment, finished_at=moment)
        [listed] = seen("/jobs")["items"]
        alone = seen(place)
        assert listed == {name: alone[name] for name in listed}


def test_the_list_is_a_list_like_any_other(books: Any, statements: Any) -> None:
    """One statement of its own, pages, filters; its members are told as each under its own URL."""
    places = [asked("/reports/FR", ORDER) for _ in range(3)]
    ran(places[0])
    later = asked("/later", {"number": 1})
    cookie = as_user("ann")
    statements.clear()
    page = shown(send(api, "/jobs?limit=2", **cookie))
    assert len([each for each in statements if "nuages_job" in each]) == 1
    assert [item["id"] for item in page["items"]] == [later[6:], places[2][6:]]
    rest = shown(send(api, page["next"], **cookie))["items"]
    assert [item["id"] for item in rest] == [places[1][6:], places[0][6:]]
    assert [item["id"] for item in seen("/jobs?status=queued")["items"]] == [later[6:]]
    whole = seen(places[0])
    assert _read(rest[1]) == _read({name: whole[name] for name in whole if name not in {"result", "problem"}})
    assert seen("/")["resources"]["jobs"] == "/jobs"


def _read(item: dict[str, Any]) -> dict[str, Any]:
    return {name: dt.datetime.fromisoformat(said) if name.endswith("_at") else said for name, said in item.items()}


def test_a_limited_credential_sees_what_it_could_ask_for(books: Any) -> None:
    """A program's jobs are its own; by a scope that opens none of them it sees none."""
    place = shown(change(api, "POST", "/files?size=1", None, x_program="cron a"))["id"]
    assert seen(f"/jobs/{place}", user="", x_program="cron")["status"] == "queued"
    assert look(f"/jobs/{place}", user="", x_program="other").status == 404
    StoredJob.objects.update(name="Elsewhere: POST /secret")
    assert look(f"/jobs/{place}", user="", x_program="cron").status == 404
    assert seen("/jobs", user="", x_program="cron")["items"] == []


def test_a_poll_has_validators(books: Any) -> None:
    """304 as long as nothing changes, and when to look again; nobody else may keep it."""
    place = asked("/reports/FR", ORDER)
    first = look(place)
    tag = first.header("ETag") or ""
    assert (first.header("Retry-After"), first.header("Cache-Control")) == ("2", "private, no-cache")
    again = look(place, if_none_match=tag)
    assert (again.status, again.body, again.header("Retry-After"), again.header("ETag")) == (304, b"", "2", tag)
    run_jobs()
    ended = look(place, if_none_match=tag)
    assert (ended.status, ended.header("Retry-After")) == (200, None)


def test_retry_after_knows_of_delays(books: Any) -> None:
    """Nobody need look before it is due."""
    place = asked("/reports/FR", ORDER)
    StoredJob.objects.update(run_at=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90))
    assert 80 <= int(look(place).header("Retry-After") or "") <= 90


def test_a_key_makes_one_job(books: Any) -> None:
    """The same request again is answered as before; another one is refused."""
    answers = [ask("/reports/FR", ORDER, idempotency_key="k-1") for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 202]
    assert answers[0].body == answers[1].body
    assert answers[1].header("Location") == answers[0].header("Location")
    assert answers[1].header("Idempotency-Replayed") == "true"
    assert ask("/reports/FR", {**ORDER, "tags": []}, idempotency_key="k-1").status == 422
    actions = [ask("/books/5/reprice", {"price": "9"}, idempotency_key="k-2").body for _ in range(2)]
    assert actions[0] == actions[1]
    sent: dict[str, Any] = {"method": "PUT", "user": "sam", "idempotency_key": "k-3"}
    puts = [ask("/models/2026-11-23", {"forYear": 2026}, **sent).body for _ in range(2)]
    assert puts[0] == puts[1]
    assert StoredJob.objects.count() == 3


def test_unique_jobs_are_their_owners(books: Any) -> None:
    """The same arguments lead to the same job; another owner's are another one, which they never see."""
    assert asked("/once?least=1") == asked("/once?least=1") != asked("/once?least=2")
    assert asked("/once?least=1", user="sam") != asked("/once?least=1")
    assert asked("/once-a-day?day=2026-11-23&least=1") == asked("/once-a-day?day=2026-11-23&least=2")
    assert asked("/books/count") == asked("/books/count")
    assert StoredJob.objects.count() == 5


def test_a_file_comes_in_pieces(books: Any) -> None:
    """With its length and its name; nothing is sent for a HEAD."""
    place = asked("/files?size=100&name=%C3%89t%C3%A9.csv")
    result = ran(place)["result"]
    url = f"{place}/result"
    told = {"url": url, "content_type": "text/csv; charset=utf-8", "filename": "Été.csv", "size_bytes": 800_000}
    assert result == told
    assert JobPiece.objects.count() > 2
    response = look(url)
    body = b"".join(response.pieces or ())
    assert (len(body), body[-8:]) == (800_000, b"0000099\n")
    assert response.header("Content-Disposition") == "attachment; filename*=utf-8''%C3%89t%C3%A9.csv"
    assert response.header("Content-Type") == "text/csv; charset=utf-8"
    assert (response.header("Content-Length"), response.header("X-Content-Type-Options")) == ("800000", "nosniff")
    tag = response.header("ETag") or ""
    again = look(url, if_none_match=tag)
    assert (again.status, again.pieces, tag.startswith(f'"{place[6:].replace("-", "")}')) == (304, None, True)
    head = look(url, method="HEAD")
    assert (head.status, head.pieces, head.header("Content-Length")) == (200, None, "800000")


def test_a_file_without_bytes(books: Any) -> None:
    """Is one too."""
    place = asked("/files?size=0")
    assert ran(place)["result"]["size_bytes"] == 0
    response = look(f"{place}/result")
    assert (response.header("Content-Length"), b"".join(response.pieces or ())) == ("0", b"")


def test_a_result_is_json_or_a_reason(books: Any) -> None:
    """409 before its end, and for a canceled job; the problem of one that failed."""
    place = asked("/reports/FR", ORDER)
    early = look(f"{place}/result")
    assert (early.status, shown(early)["type"], early.header("Retry-After")) == (
        409, "urn:nuages:problem:job-unfinished", "2",
    )  # fmt: skip
    run_jobs()
    assert look(f"{place}/result").body == b'{"total":"12.50"}'
    assert look(f"{place}/result", if_none_match=look(f"{place}/result").header("ETag") or "").status == 304
    failing[:] = [Conflict("Sold out.", code="sold-out")]
    failed = asked("/failing")
    problem = ran(failed)["problem"]
    response = look(f"{failed}/result")
    assert (problem["status"], response.status, shown(response)["type"]) == (409, 409, "urn:nuages:problem:sold-out")


def test_a_problem_is_final_and_a_failure_is_tried_again(books: Any) -> None:
    """Django's exceptions are the problems that they are to requests; of others the owner learns nothing but the id."""
    for error, status, attempts in (
        (Conflict("No."), 409, 1),
        (Http404(), 404, 1),
        (Tag.DoesNotExist(), 404, 1),
        (LookupError("a secret"), 500, 2),
    ):
        failing[:] = [error]
        place = asked("/failing")
        document = ran(place)
        assert (document["status"], document["attempts"]) == ("failed", attempts)
        assert document["problem"]["status"] == status
        assert "secret" not in json.dumps(document)
        assert look(f"{place}/result").status == status


@pytest.mark.parametrize("url", ["/failing", "/books/5/fail-again"])
@pytest.mark.parametrize(
    ("error", "status", "attempts"),
    [
        pytest.param(Unavailable("Away."), 503, 1, id="problem"),
        pytest.param(OperationalError("a secret"), 500, 2, id="database"),
        pytest.param(ZeroDivisionError("a secret"), 422, 1, id="handled"),
        pytest.param(ProtectedError("a secret", set()), 409, 1, id="constraint"),
    ],
)
def test_actions_fail_as_endpoints_do(books: Any, url: str, error: Exception, status: int, attempts: int) -> None:
    """A problem of any status is what the owner is told; what may pass by itself is tried again."""
    failing[:] = [error]
    document = ran(asked(url))
    assert (document["problem"]["status"], document["attempts"]) == (status, attempts), document
    assert "secret" not in json.dumps(document)


def test_an_answer_that_is_not_as_said_fails(books: Any) -> None:
    """As for a request."""
    document = ran(asked("/wrong"))
    assert (document["status"], document["problem"]["status"]) == ("failed", 500)


def test_queued_jobs_are_canceled_and_ended_ones_deleted(books: Any) -> None:
    """With their pieces; the key of a canceled one is free."""
    place = asked("/files?size=100")
    response = look(place, method="DELETE")
    assert (response.status, shown(response)["status"], run_jobs()) == (200, "canceled", [])
    assert shown(response)["expires_at"] > shown(response)["finished_at"]
    assert shown(look(f"{place}/result"))["type"] == "urn:nuages:problem:job-canceled"
    assert look(place, method="DELETE").status == 204
    assert look(place).status == 404
    done = asked("/files?size=100")
    run_jobs()
    assert JobPiece.objects.exists()
    assert (look(done, method="DELETE").status, look(done).status) == (204, 404)
    assert (StoredJob.objects.count(), JobPiece.objects.count()) == (0, 0)
    first = asked("/once")
    look(first, method="DELETE")
    assert asked("/once") != first


def test_a_running_job_is_asked_to_end(books: Any) -> None:
    """202: it ends when its function next tells how far it is."""
    place = asked("/reports/FR", ORDER)
    StoredJob.objects.update(status="running")
    response = look(place, method="DELETE")
    assert (response.status, shown(response)["status"]) == (202, "running")
    first = StoredJob.objects.get().cancel_asked_at
    assert first is not None
    look(place, method="DELETE")
    assert StoredJob.objects.get().cancel_asked_at == first


def test_a_session_needs_its_token(books: Any) -> None:
    """As every change does: another site can neither ask for a job nor end one."""
    place = asked("/reports/FR", ORDER)
    cookie = as_user("ann")["cookie"]
    assert send(api, place, "DELETE", cookie=cookie).status == 403
    assert change(api, "POST", "/reports/FR", ORDER, cookie=cookie).status == 403
    assert StoredJob.objects.filter(status="queued").count() == 1


@pytest.mark.parametrize(("method", "url"), [("PUT", "/models/2026-11-23"), ("POST", "/for-staff")])
def test_the_rule_is_asked_again(books: Any, method: str, url: str) -> None:
    """403, and the function is not called, where it says no by then, or no more than "these rows"."""
    place = asked(url, {"forYear": 2026} if method == "PUT" else None, method=method, user="sam")
    get_user_model().objects.filter(username="sam").update(is_staff=False)
    run_jobs()
    document = shown(look(place, user="sam"))
    assert (document["status"], document["problem"]["status"], document["attempts"]) == ("failed", 403, 1)
    assert taken == []


@pytest.mark.parametrize("how", ["gone", "inactive", "nobody"])
def test_the_jobs_of_who_is_gone_fail(books: Any, how: str) -> None:
    """With a problem that says so; the function is not called."""
    asked("/files?size=1")
    ann = get_user_model().objects.filter(username="ann")
    if how == "nobody":
        StoredJob.objects.update(principal="{}")
    else:
        ann.update(is_active=False) if how == "inactive" else ann.delete()
    run_jobs()
    job = StoredJob.objects.get()
    assert (job.status, json.loads(job.problem)["type"]) == ("failed", "urn:nuages:problem:owner-gone")
    assert not JobPiece.objects.exists()


def test_a_proof_counts_when_it_is_asked_for(books: Any) -> None:
    """It was fresh then; hours later the job runs all the same."""
    place = asked("/sensitive")
    assert ran(place)["result"] == "done"


def test_an_action_finds_its_member_again(books: Any) -> None:
    """By its key, as who asks sees it then; what it answers is shown as reading shows it."""
    place = asked("/books/5/reprice", {"price": "20"})
    document = ran(place)
    assert taken == [(5, Decimal("20"), "ann", 1)]
    assert document["result"] == {"id": 5, "title": "Chéri", "price": "20.00"}
    assert document["name"] == "Asking jobs: POST /books/{key}/reprice"
    assert ran(asked("/books/count"))["result"] == {"books": 2}


@pytest.mark.parametrize(
    ("how", "status"),
    [
        pytest.param({"in_print": False}, 404, id="hidden"),
        pytest.param({"price": 60}, 403, id="not-allowed"),
        pytest.param({}, 404, id="gone"),
    ],
)
def test_a_member_may_be_gone_by_then(books: Any, how: dict[str, Any], status: int) -> None:
    """The job fails with what a request would have been told."""
    place = asked("/books/5/reprice", {"price": "20"})
    books_ = Book.objects.filter(pk=5)
    books_.update(**how) if how else books_.delete()
    document = ran(place)
    assert (document["status"], document["problem"]["status"], taken) == ("failed", status, [])


def test_an_actions_precondition_is_that_of_the_request(books: Any) -> None:
    """If-Match is compared when the job is asked for."""
    tag = send(api, "/authors/1").header("ETag") or ""
    assert ask("/authors/1/rename", if_match='"other"').status == 412
    document = ran(asked("/authors/1/rename", if_match=tag))
    assert (document["status"], document["result"]) == ("succeeded", None)
    assert Author.objects.get().name == "Renamed"


def test_methods_and_representations(books: Any) -> None:
    """405, 406 and OPTIONS are as elsewhere."""
    place = asked("/reports/FR", ORDER)
    assert (look(place, method="PATCH").status, look("/jobs", method="POST").status) == (405, 405)
    assert look(place, method="OPTIONS").header("Allow") == "DELETE, GET, HEAD, OPTIONS"
    assert look(f"{place}/result", method="OPTIONS").header("Allow") == "GET, HEAD, OPTIONS"
    assert look(place, accept="text/html").status == 406
    assert ask("/reports/FR", ORDER, accept="text/html").status == 406
    assert look(f"{place}?fields=id").status == 400
    head = look(place, method="HEAD")
    assert (head.status, head.body, bool(head.header("ETag"))) == (200, b"", True)


@pytest.mark.urls(__name__)
def test_over_django(books: Any) -> None:
    """With the prefix of where the API is mounted; a file is streamed."""
    client = Client(headers={"x-program": "cron"})
    response = client.post("/api/files?size=50")
    place = response.headers["Location"]
    assert (response.status_code, place) == (202, f"/api/jobs/{response.json()['id']}")
    run_jobs()
    url = client.get(place).json()["result"]["url"]
    assert url == f"{place}/result"
    result = client.get(url)
    assert len(b"".join(result.streaming_content)) == 400_000  # type: ignore[attr-defined]
    assert result.headers["Content-Length"] == "400000"
    assert client.delete(place).status_code == 204


def test_what_is_no_job_is_as_ever(books: Any) -> None:
    """And workers know of the others."""
    assert send(api, "/plain").status == 409
    assert find("Asking jobs: GET /plain") is None
    assert find("Asking jobs: POST /reports/{country}") is not None


def test_jobs_are_described(books: Any) -> None:
    """As what they answer, in an OpenAPI document that holds."""
    document = description(api)
    OpenAPIV31SpecValidator(document).validate()
    first, second = ask("/reports/FR", ORDER), ask("/books/5/reprice", {"price": "20"})
    demand_as_described(document, "POST", "/reports/FR", first)
    demand_as_described(document, "POST", "/books/5/reprice", second)
    run_jobs()
    for response in (first, second):
        place = response.header("Location") or ""
        demand_as_described(document, "GET", place, look(place))
    demand_as_described(document, "GET", "/jobs", look("/jobs"))
    demand_as_described(document, "GET", f"{place}/result", look(f"{place}/result", user="sam"))
    demand_as_described(document, "DELETE", place, look(place, method="DELETE"))

"""A list that is watched: its page, and then each committed change that its filter and its rule let through, once."""

from collections.abc import Iterator
from contextlib import suppress
from time import sleep
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from nuages import API, Resource, field, owner, staff
from nuages.http.request import Request
from nuages.identify.chain import Authenticator
from nuages.identify.principal import Principal
from nuages.live.triggers import ensure_triggers
from shop.models import Author, Book, Review
from tests.http.asking import ask, refusal, send
from tests.http.watching import Heard, Watcher, wait_until_nobody_watches


class Named(Authenticator):
    """Whoever names a user is that user."""

    def identify(self, request: Request) -> Principal | None:
        """Take the name at its word."""
        name = request.header("x-user")
        return None if name is None else Principal(get_user_model().objects.get(username=name), "named")


api = API(title="Watched", authenticate=[Named()])


@api.resource(Review)
class Reviews(Resource):
    fields = ["id", "stars", "user_name", field("body", visible=staff)]
    filters = ["stars", "book"]
    ordering = ["stars"]
    rules = {"read": owner("user") | (lambda _principal: Q(stars__gte=4)) | staff}
    live = True


@api.resource(Book)
class Books(Resource):
    fields = ["id"]
    rules = {"read": staff}
    live = True


@pytest.fixture
def shop(database: Any, transactional_db: None) -> Iterator[Any]:
    """A book with two reviews by Ann, each change of which is logged."""
    users = get_user_model().objects
    ann = users.create_user("ann")
    users.create_user("sam", is_staff=True)
    book = Book.objects.create(id=1, title="T", price=1, author=Author.objects.create(name="A"))
    for key, stars in ((1, 2), (2, 5)):
        Review.objects.create(id=key, book=book, user=ann, user_name="Ann", stars=stars, body="b")
    ensure_triggers(database.alias, [Review])
    yield database
    wait_until_nobody_watches(database.alias)
    ensure_triggers(database.alias, [])


def told(events: list[Heard]) -> list[tuple[str, Any]]:
    """What events say, but for the page."""
    return [(event.kind, event.data) for event in events if event.kind != "page"]


def test_a_watched_list_begins_with_its_page_and_goes_on_with_what_changes(shop: Any) -> None:
    """Each event is the member as the list shows it, or its key where the list shows it no more."""
    with Watcher(api, "/reviews?stars__gte=3&order=-stars&limit=1") as watcher:
        (page,) = watcher.wait(1)
        assert (page.kind, page.data) == ("page", ask(api, "/reviews?stars__gte=3&order=-stars&limit=1"))
        Review.objects.create(id=3, book_id=1, user_name="Bo", stars=4, body="b")
        Review.objects.filter(id=3).update(user_name="Cy")
        Review.objects.filter(id=3).update(stars=3)
        Review.objects.filter(id=2).update(id=9)
        Review.objects.filter(id=9).delete()
        events = watcher.wait(7)
    assert told(events) == [
        ("inserted", {"id": 3, "stars": 4, "user_name": "Bo"}),
        ("changed", {"id": 3, "stars": 4, "user_name": "Cy"}),
        ("removed", {"id": 3}),
        ("removed", {"id": 2}),
        ("inserted", {"id": 9, "stars": 5, "user_name": "Ann"}),
        ("removed", {"id": 9}),
    ]


def test_who_comes_again_hears_exactly_the_rest(shop: Any) -> None:
    """After each event's id come the events behind it; nothing twice, and no page."""
    with Watcher(api, "/reviews") as watcher:
        for key in range(10, 20):
            Review.objects.create(id=key, book_id=1, user_name="Bo", stars=4 + key % 2, body="b")
        Review.objects.filter(id__gte=15).update(stars=1)
        events = watcher.wait(16)
    said = told(events)
    assert len(said) == 15
    for index in (0, 1, 9, 14):
        with Watcher(api, "/reviews", last_event_id=events[index].id) as again:
            assert told(again.wait(len(said) - index)) == said[index:]
            Review.objects.filter(id=10).update(user_name=f"after {index}")
            said.append(("changed", {"id": 10, "stars": 4, "user_name": f"after {index}"}))
            assert told(again.wait(len(said) - index)) == said[index:]


def test_an_id_that_cannot_be_taken_up_begins_with_a_page(shop: Any) -> None:
    """Forged, of another database, of the future, gone from the log: none is an error, and none shows more."""
    with Watcher(api, "/reviews") as watcher:
        (page,) = watcher.wait(1)
    forged = ["x", "-1", "0" * 5_000, "1:2", "99999999:99999999:", "9" * 19, "9:1:", "1:3:2~1:3:2~x", "1;--", "\x7f"]
    for text in forged:
        with Watcher(api, "/reviews", last_event_id=text) as watcher:
            (first,) = watcher.wait(1)
            assert (first.kind, first.data) == ("page", page.data), text


def test_each_hears_only_what_their_rule_and_their_fields_let_through(shop: Any) -> None:
    """A row that comes out of sight is removed with its key alone; what is hidden changes without a word."""
    with Watcher(api, "/reviews") as anybody, Watcher(api, "/reviews", x_user="ann") as ann:
        with Watcher(api, "/reviews", x_user="sam") as sam:
            Review.objects.filter(id=2).update(body="hidden from all but Sam")
            Review.objects.filter(id=1).update(stars=4)
            Review.objects.filter(id=1).update(stars=1, body="out of sight")
            Review.objects.filter(id=1).update(user=None)
            Review.objects.filter(id=1).delete()
            staff_hears = told(sam.wait(5))
        assert told(ann.wait(4)) == [
            ("changed", {"id": 1, "stars": 4, "user_name": "Ann"}),
            ("changed", {"id": 1, "stars": 1, "user_name": "Ann"}),
            ("removed", {"id": 1}),
        ]
        assert told(anybody.wait(3)) == [
            ("inserted", {"id": 1, "stars": 4, "user_name": "Ann"}),
            ("removed", {"id": 1}),
        ]
    assert [(kind, document.get("body")) for kind, document in staff_hears] == [
        ("changed", "hidden from all but Sam"),
        ("changed", "b"),
        ("changed", "out of sight"),
        ("removed", None),
    ]


def test_what_is_rolled_back_is_never_told(shop: Any) -> None:
    """Only what is committed is, when it is."""

    class Undo(Exception):
        pass

    with Watcher(api, "/reviews") as watcher:
        with suppress(Undo), transaction.atomic(using=shop.alias):
            Review.objects.create(id=30, book_id=1, user_name="never", stars=5, body="b")
            raise Undo
        with transaction.atomic(using=shop.alias):
            Review.objects.create(id=31, book_id=1, user_name="late", stars=5, body="b")
            sleep(0.3)
            assert len(watcher.events) <= 1
        assert [event.data["id"] for event in watcher.wait(2)[1:]] == [31]


@pytest.mark.parametrize("name", ["cursor", "offset", "page", "count", "group", "aggregate"])
def test_what_makes_no_sense_while_watching_is_refused(name: str, shop: Any) -> None:
    """400 that names the parameter."""
    status, code, detail = refusal(api, f"/reviews?{name}=1", accept="text/event-stream")
    assert (status, code) == (400, "unknown-parameter")
    assert detail.startswith(f"{name}: ")


def test_who_may_not_read_may_not_watch(shop: Any) -> None:
    """401 and 403 before anything is sent; nothing else than JSON where a list is not live; HEAD sends nothing."""
    assert refusal(api, "/books", accept="text/event-stream")[0] == 401
    assert refusal(api, "/books", accept="text/event-stream", x_user="ann")[0] == 403
    assert refusal(api, "/reviews/2", accept="text/event-stream")[0] == 406
    assert refusal(api, "/reviews", "QUERY", accept="text/event-stream")[0] == 406
    head = send(api, "/reviews", "HEAD", accept="text/event-stream")
    assert (head.status, head.header("content-type"), head.flow) == (200, "text/event-stream", None)
    for accept in ("*/*", "text/*;q=0.5, application/json", "application/json, text/event-stream"):
        assert send(api, "/reviews", accept=accept).header("content-type") == "application/json"

"""A request that comes again with its Idempotency-Key is answered as before, and changes nothing more."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from nuages.change.idempotency import purge, read_key
from nuages.errors import BadRequest
from nuages.models import IdempotentAnswer
from shop.models import Tag
from tests.http.writing import change, faults, make_api, shown

api = make_api()


def test_the_same_request_is_answered_again(database: Any) -> None:
    """Status, headers and body are those of the first time; the replay says that it is one."""
    first = change(api, "POST", "/tags", {"name": "novel"}, idempotency_key="k-1")
    again = change(api, "POST", "/tags", {"name": "novel"}, idempotency_key='"k-1"')
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    for name in ("Location", "ETag", "Content-Type", "Content-Length"):
        assert again.header(name) == first.header(name) is not None
    assert (first.header("Idempotency-Replayed"), again.header("Idempotency-Replayed")) == (None, "true")
    assert Tag.objects.count() == 1


def test_a_patch_is_answered_again_too(database: Any) -> None:
    """Though the row has changed since."""
    tag = shown(change(api, "POST", "/tags", {"name": "novel"}))["id"]
    first = change(api, "PATCH", f"/tags/{tag}", {"name": "tale"}, idempotency_key="k-1")
    change(api, "PATCH", f"/tags/{tag}", {"name": "epos"})
    again = change(api, "PATCH", f"/tags/{tag}", {"name": "tale"}, idempotency_key="k-1")
    assert again.body == first.body
    assert Tag.objects.get().name == "epos"


def test_a_key_belongs_to_one_request(database: Any) -> None:
    """Another body is a 422; another path is another request."""
    change(api, "POST", "/tags", {"name": "novel"}, idempotency_key="k-1")
    response = change(api, "POST", "/tags", {"name": "tale"}, idempotency_key="k-1")
    assert (response.status, shown(response)["type"]) == (422, "urn:nuages:problem:idempotency-key-reused")
    assert change(api, "POST", "/publishers", {"name": "novel"}, idempotency_key="k-1").status == 201
    assert Tag.objects.count() == 1


def test_what_was_refused_may_be_mended_and_sent_again(database: Any) -> None:
    """A 422 and a 409 are not kept."""
    assert change(api, "POST", "/tags", {"name": None}, idempotency_key="k-1").status == 422
    Tag.objects.create(name="novel")
    response = change(api, "POST", "/tags", {"name": "novel"}, idempotency_key="k-1")
    assert (response.status, faults(response)) == (409, [("/name", "taken")])
    assert IdempotentAnswer.objects.count() == 0
    assert change(api, "POST", "/tags", {"name": "tale"}, idempotency_key="k-1").status == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "a,b", "x" * 256, "ä", '"', "a\nb"])
def test_what_is_no_key(key: str) -> None:
    """Empty, two of them, too long, strange letters."""
    with pytest.raises(BadRequest):
        read_key(key)


def test_old_answers_are_forgotten(database: Any) -> None:
    """After a day the key is free, and the answer is purged."""
    change(api, "POST", "/tags", {"name": "novel"}, idempotency_key="k-1")
    IdempotentAnswer.objects.update(created_at=timezone.now() - dt.timedelta(days=1, seconds=1))
    response = change(api, "POST", "/tags", {"name": "tale"}, idempotency_key="k-1")
    assert (response.status, response.header("Idempotency-Replayed")) == (201, None)
    IdempotentAnswer.objects.update(created_at=timezone.now() - dt.timedelta(days=2))
    assert (purge(database), IdempotentAnswer.objects.count()) == (1, 0)

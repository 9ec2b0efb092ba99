"""An API in which an author's code fails in whatever place a test names, with whatever error it names."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models.signals import pre_save
from django.test import override_settings

from nuages import API, Resource, anyone, nested, value
from nuages.http.request_id import under_way
from nuages.http.response import Response
from shop.models import Author, Book, Tag
from tests.http.asking import SAME, send
from tests.http.client import LEAKS, MEMBERS
from tests.http.writing import change, shown
from tests.zoo.models import Specimen

Error = BaseException | type[BaseException]
_error: list[Error] = []


def fail(*_: Any, **__: Any) -> Any:
    """Raise what the test wants raised; nothing where it wants nothing."""
    for error in _error:
        raise error


@contextmanager
def failing(error: Error) -> Iterator[None]:
    """Let every place below fail."""
    _error.append(error)
    try:
        yield
    finally:
        _error.clear()


class BrokenStorage(Storage):
    """A storage that fails when it is asked for a URL."""

    def url(self, name: str | None) -> str:
        """Fail."""
        fail()
        return "/media/file"


BROKEN_STORAGES = {
    "default": {"BACKEND": f"{__name__}.BrokenStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def _rule(principal: Any) -> bool:
    fail()
    return True


def _later(*_: Any) -> None:
    transaction.on_commit(fail)


def _hook(name: str) -> Callable[..., Any]:
    """An override of a method of a resource that does its work first, and then fails."""

    def method(self: Resource, *arguments: Any) -> Any:
        made = getattr(Resource, name)(self, *arguments)
        fail()
        return made

    return method


OPEN = {"read": anyone, "write": anyone}
TAGS: dict[str, Any] = {"fields": ["id", "name"], "writable": ["name"], "rules": OPEN, "max_bulk": 9}


def make_api() -> API:
    """Every place has a resource of its own."""
    api = API(title="Failing")
    hooks = {name: _hook(name) for name in ("create", "replace", "merge", "delete")}
    for name, model, attributes in (
        ("ruled", Tag, {**TAGS, "rules": {"read": _rule, "write": anyone}}),
        ("composed", Tag, {**TAGS, "rules": {"read": ~~(anyone & _rule) & anyone, "write": anyone}}),
        ("write-ruled", Tag, {**TAGS, "rules": {"read": anyone, "write": _rule}}),
        ("nesting", Author, {"fields": ["id", nested("books", "id")]}),
        ("ruled-inside", Book, {"fields": ["id"], "rules": {"read": _rule}}),
        ("narrowed", Tag, {**TAGS, "queryset": fail}),
        ("valued", Tag, {**TAGS, "fields": ["id", value("broken", python=fail)]}),
        ("stored", Specimen, {"fields": ["id", "file"]}),
        ("hooked", Tag, {**TAGS, **hooks}),
        ("plain", Tag, TAGS),
    ):
        api.resource(model)(type(name.title(), (Resource,), {"path": name, "rules": OPEN, **attributes}))
    return api


def _saved(method: str, url: str, document: Any) -> Callable[[API], Response]:
    def act(api: API) -> Response:
        pre_save.connect(fail, sender=Tag)
        try:
            return change(api, method, url, document)
        finally:
            pre_save.disconnect(fail, sender=Tag)

    return act


def _stored(api: API) -> Response:
    with override_settings(STORAGES=BROKEN_STORAGES):
        return send(api, "/stored")


def _asked(method: str, url: str, document: Any = None) -> Callable[[API], Response]:
    return lambda api: change(api, method, url, document) if document is not None else send(api, url, method)


NEW = {"name": "new"}
# What fails, by its name, and the request that meets it; member 9001 of each resource is there.
RULES = {
    "a read rule": _asked("GET", "/ruled"),
    "a read rule made of others": _asked("GET", "/composed"),
    "a read rule of a member": _asked("GET", "/ruled/9001"),
    "a read rule of a resource shown inside": _asked("GET", "/nesting"),
    "a read rule where a change is shown": _asked("POST", "/ruled", NEW),
    "a read rule that the index asks": _asked("GET", "/"),
    "a write rule": _asked("POST", "/write-ruled", NEW),
    "a write rule of a deletion": _asked("DELETE", "/write-ruled/9001"),
}
READS = {
    "a queryset hook": _asked("GET", "/narrowed"),
    "a python value": _asked("GET", "/valued"),
    "a python value of a member": _asked("GET", "/valued/9001"),
    "a storage": _stored,
}
WRITES = {
    "a create hook": _asked("POST", "/hooked", NEW),
    "a replace hook": _asked("PUT", "/hooked/9001", NEW),
    "a merge hook": _asked("PATCH", "/hooked/9001", NEW),
    "a delete hook": _asked("DELETE", "/hooked/9001"),
    "a create hook in a list": _asked("POST", "/hooked", [NEW, {"name": "other"}]),
    "a signal of a new row": _saved("POST", "/plain", NEW),
    "a signal of a changed row": _saved("PATCH", "/plain/9001", NEW),
    "a python value of what was written": _asked("POST", "/valued", NEW),
    "a queryset hook of what is changed": _asked("PATCH", "/narrowed/9001", NEW),
}

PLACES = {**RULES, **READS, **WRITES}
SECRET = "SELECT secret FROM shop_book in /srv/secret.py"  # what no answer may show
FAILED, DENIED = (500, "internal-error"), (403, "not-allowed")
api = make_api()


def met(place: str, error: Error) -> Response:
    """What a request gets that meets an error."""
    with failing(error):
        return PLACES[place](api)


def refused(response: Response, status: int, code: str) -> dict[str, Any]:
    """A problem in which nothing of the inside is shown."""
    document: dict[str, Any] = shown(response)
    assert (response.status, document["type"]) == (status, f"urn:nuages:problem:{code}"), document
    assert document.keys() - {"errors"} == MEMBERS
    assert document["request_id"] == response.header("X-Request-ID") == SAME
    assert not LEAKS.search(response.body.decode())
    assert "secret" not in response.body.decode()
    return document


def demand_failed(response: Response, place: str) -> dict[str, Any]:
    """The server's own failure; but a rule that fails has not said yes."""
    return refused(response, *(DENIED if place in RULES else FAILED))


def demand_as_ever() -> None:
    """Nothing was stored, no name is left behind, and the next request is answered."""
    assert list(Tag.objects.values_list("id", "name")) == [(9001, "old")]
    assert under_way.get() == ""
    assert send(api, "/plain/9001").body == b'{"id":9001,"name":"old"}'


def entries(caplog: Any) -> list[logging.LogRecord]:
    """What was logged as a failure."""
    return [record for record in caplog.records if record.levelno >= logging.ERROR]

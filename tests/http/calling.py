"""An API with endpoints of every kind over the bookshop's models."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, TypedDict

import msgspec
from django.db.models import QuerySet
from django.http import Http404

from nuages import API, Event, Principal, Reply, Request, Response, Status, anyone, authenticated, staff
from nuages.errors import Conflict
from shop.models import Author, Book, Tag

api = API(title="Calling")
given_back: list[str] = []


class TagOut(msgspec.Struct):
    name: str


class AuthorOut(msgspec.Struct):
    id: int
    name: str


class BookOut(msgspec.Struct, rename="camel"):
    id: int
    title: str
    price: Decimal
    in_print: bool
    author: AuthorOut
    tags: list[TagOut]


class Envelope(msgspec.Struct):
    book: BookOut


class Stats(TypedDict):
    country: str
    books: int


class NewTag(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


@dataclass
class Tenant:
    name: str


@dataclass
class Trace:
    of: Tenant
    path: str


class Queued(msgspec.Struct, tag=True):
    place: int


class Bought(msgspec.Struct, tag=True):
    at: dt.datetime


@api.dependency
def tenant(principal: Principal) -> Tenant:
    """Made of who asks."""
    return Tenant(principal.user.username if principal.is_authenticated else "nobody")


@api.dependency
def trace(of: Tenant, request: Request) -> Iterator[Trace]:
    """Made of another one, and given back."""
    try:
        yield Trace(of, request.path)
    finally:
        given_back.append(request.path)


@api.get("/stats/{country}", rule=anyone)
def stats(country: str, least: int = 0) -> Stats:
    """A simple value of the path and one of the query."""
    return {"country": country, "books": Book.objects.filter(author__country=country, price__gte=least).count()}


@api.get("/shelf", rule=anyone, returns=list[BookOut])
def shelf() -> QuerySet[Book]:
    """Rows that fill Structs by their attributes."""
    return Book.objects.select_related("author").prefetch_related("tags").order_by("id")


@api.get("/shelf/{number}", rule=anyone)
def one(number: int) -> Envelope | None:
    """A row inside a Struct."""
    book: Any = Book.objects.filter(pk=number).first()
    return Envelope(book) if book else None


@api.get("/lost", rule=anyone)
def lost() -> None:
    """An exception of Django's."""
    raise Http404


@api.get("/who", rule=anyone)
def who(trace: Trace, again: Tenant, principal: Principal) -> dict[str, Any]:
    """What dependencies made."""
    return {"of": trace.of.name, "same": trace.of is again, "path": trace.path, "known": principal.is_known}


@api.get("/fails", rule=anyone)
def fails(trace: Trace) -> None:
    """A failure of the author's own."""
    raise RuntimeError("a secret")


@api.get("/wrong", rule=anyone)
def wrong() -> int:
    """An answer that the annotation does not name."""
    return "seven"  # type: ignore[return-value]


@api.get("/wider", rule=anyone)
def wider() -> Envelope:
    """An answer that holds more than the annotation names."""

    class Secretive(AuthorOut):
        password: str = "hunter2"

    author = Secretive(1, "Colette")
    return Envelope(BookOut(1, "Sido", Decimal(1), True, author, []))


@api.get("/staff", rule=staff)
def for_staff() -> str:
    """Closed to most."""
    return "yes"


@api.get("/plain", rule=anyone)
def plain() -> Response:
    """A response of its own making."""
    return Response(200, b"a,b\n", [("Content-Type", "text/csv")])


@api.post("/tags", rule=anyone, status=201)
def add_tag(data: NewTag) -> TagOut:
    """One row, and an error after it where it is told so."""
    tag = Tag.objects.create(name=data.name)
    if data.name == "half":
        raise Conflict("Not this one.")
    if data.name == "broken":
        raise RuntimeError("a secret")
    return TagOut(tag.name)


@api.post("/tags/loose", rule=authenticated, atomic=False)
def add_loosely(data: NewTag) -> None:
    """Outside of a transaction."""
    Tag.objects.create(name=data.name)
    raise Conflict("Too late.")


@api.put("/orders/{number}", rule=anyone)
def order(number: int) -> Bought | Annotated[Queued, Status(202)]:
    """One of two answers, each with its status."""
    if number > 10:
        return Queued(number)
    return Bought(dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC))


@api.delete("/authors/{key}", rule=anyone)
def forget(key: int) -> Reply[None]:
    """Headers of its own."""
    Author.objects.get(pk=key).delete()
    return Reply(None, headers=[("X-Forgotten", str(key))])


@api.get("/ticks", rule=anyone)
def ticks(trace: Trace, most: int = 3) -> Iterator[TagOut]:
    """A plain stream, of rows."""
    for number in range(most):
        yield Tag(name=f"t{number}")  # type: ignore[misc]
    if most > 5:
        raise Conflict("Too many.")


@api.get("/later", rule=anyone)
async def later(number: int = 1) -> dict[str, int]:
    """A coroutine, with the ORM in it."""
    await asyncio.sleep(0)
    if number > 5:
        raise Conflict("Too late.")
    return {"number": number, "books": await Book.objects.acount()}


@api.post("/later", rule=anyone)
async def add_later(data: NewTag) -> TagOut:
    """A change on a loop."""
    tag = await Tag.objects.acreate(name=data.name)
    return TagOut(tag.name)


@api.get("/events", rule=anyone)
async def events(trace: Trace) -> AsyncIterator[Event]:
    """A stream on a loop, which asks the database."""
    async for book in Book.objects.order_by("id"):
        yield Event({"title": book.title}, event="book", id=str(book.pk))

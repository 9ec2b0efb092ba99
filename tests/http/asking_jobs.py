"""An API whose endpoints and actions are jobs, over the bookshop's models, and how the tests ask it."""

import datetime as dt
import enum
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from django.db.models import Q
from pydantic import BaseModel, Field

from nuages import (
    API,
    Body,
    Conflict,
    Form,
    Job,
    JobContext,
    Principal,
    Problem,
    Query,
    Resource,
    Unprocessable,
    anyone,
    authenticated,
    staff,
    verified,
)
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Authenticator
from nuages.identify.principal import ClientPrincipal
from nuages.identify.session import Session
from shop.models import Author, Book
from tests.http.acting import as_user
from tests.http.asking import send
from tests.http.writing import change

taken: list[Any] = []
given_back: list[str] = []
failing: list[Exception] = []


class Program(Authenticator):
    """Who says `X-Program: cron books:read` is a program with that scope; `X-App: ann` is ann by an app's token."""

    vary = ("X-Program", "X-App")

    def identify(self, request: Request) -> Principal | None:
        """Believe it."""
        if said := request.header("x-program"):
            client, *scopes = said.split()
            return ClientPrincipal(method="program", claims={"client_id": client}, scopes=frozenset(scopes))
        return None


api = API(title="Asking jobs", authenticate=[Session(), Program()], docs=anyone)


@api.exception_handler(ZeroDivisionError)
def not_by_zero(error: ZeroDivisionError) -> Problem:
    """What the author says of it."""
    return Unprocessable("Not by zero.")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Line(msgspec.Struct):
    book: int
    price: Decimal


class Order(msgspec.Struct, rename="camel"):
    delivered_on: dt.date
    lines: list[Line]
    tags: set[str] = set()


class Report(BaseModel):
    year: int = Field(ge=2000, alias="forYear")
    since: dt.datetime | None = None
    total: Decimal = Decimal("1.50")


@dataclass
class Told:
    count: int
    at: dt.date


class Total(msgspec.Struct):
    total: Decimal


class Filters(msgspec.Struct):
    country: str
    least: int = 1


@dataclass
class Tenant:
    name: str


@dataclass
class Trail:
    of: Tenant
    job: str


@api.dependency
def tenant(principal: Principal) -> Tenant:
    """Made on the worker."""
    return Tenant(principal.user.username)


@api.dependency
def trail(of: Tenant, context: JobContext) -> Iterator[Trail]:
    """Given back on the worker."""
    try:
        yield Trail(of, context.id)
    finally:
        given_back.append(of.name)


@api.post("/reports/{country}", rule=authenticated, job=True)
def report(
    country: str,
    order: Order,
    trail: Trail,
    principal: Principal,
    context: JobContext,
    colour: Colour = Colour.RED,
    ids: Annotated[tuple[uuid.UUID, ...], Query()] = (),
    filters: Annotated[Filters | None, Query()] = None,
) -> Total:
    """Everything that can be kept."""
    taken.append((country, order, trail.of.name, principal.user.username, principal.method, colour, ids, filters))
    context.progress(1, 2, "half")
    return Total(sum((line.price for line in order.lines), Decimal(0)))


@api.put("/models/{day}", rule=staff, job=Job(max_attempts=5))
def by_model(day: dt.date, data: Report) -> Report:
    """A pydantic model, there and back."""
    taken.append((day, data))
    return data


@api.post("/forms", rule=authenticated, job=True)
def by_form(name: Annotated[str, Form()], count: Annotated[int, Form()]) -> dict[str, Any]:
    """Fields of a form."""
    return {"name": name, "count": count}


@api.post("/files", rule=anyone, job=True)
def make_file(size: int, context: JobContext, name: str = "sales.csv") -> None:
    """A file of some bytes."""
    with_file = context.file("text/csv; charset=utf-8", name)
    for number in range(size):
        with_file.write(f"{number:07}\n".encode() * 1000)


@api.post("/failing", rule=authenticated, job=Job(max_attempts=2, backoff_s=0.01))
def fail() -> None:
    """Whatever the test wants."""
    raise failing[0]


@api.post("/wrong", rule=authenticated, job=Job(max_attempts=1))
def wrong() -> int:
    """Not what is said."""
    return "seven"  # type: ignore[return-value]


@api.post("/later", rule=authenticated, job=True)
async def later(trail: Trail, number: Annotated[int, Body(embed=True)]) -> dict[str, int]:
    """A coroutine."""
    return {"number": number, "books": await Book.objects.acount()}


@api.post("/once", rule=authenticated, job=Job(unique=True))
def once(least: int = 0) -> int:
    """One for each set of arguments and owner."""
    return least


@api.post("/once-a-day", rule=authenticated, job=Job(unique=lambda day, **_: day.isoformat()))
def once_a_day(day: dt.date, least: int) -> int:
    """One for each day and owner."""
    return least


@api.post("/sensitive", rule=verified(within="15min"), job=Job(delay_s=3600))
def sensitive() -> str:
    """Asked for with a fresh proof, run much later."""
    return "done"


def _in_print(principal: Principal) -> Any:
    return True if principal.is_staff else Q(in_print=True)


@api.post("/for-staff", rule=_in_print, job=True)
def for_staff() -> None:
    """Whose rule answers a Q for all others, about no row."""
    taken.append("for staff")


@api.resource(Book)
class Books(Resource):
    fields = ["id", "title", "price"]
    writable = ["title"]
    rules = {"read": _in_print}


class Repricing(msgspec.Struct):
    price: Decimal
    copies: Annotated[int, msgspec.Meta(ge=1)] = 1


def _cheap(principal: Principal) -> Any:
    return Q(price__lt=50) if principal.is_authenticated else False


@Books.action(rule=_cheap, job=True)
def reprice(row: Book, data: Repricing, principal: Principal, context: JobContext) -> Book:
    """A member and a body, and the member again."""
    taken.append((row.pk, data.price, principal.user.username, context.attempt))
    row.price = data.price
    row.save()
    return row


@Books.action(detail=False, rule=authenticated, job=Job(unique=True))
def count(principal: Principal) -> dict[str, int]:
    """No member."""
    return {"books": Book.objects.count()}


@Books.action(rule=authenticated, job=Job(max_attempts=2, backoff_s=0.01))
def fail_again(row: Book) -> None:
    """Whatever the test wants, of something else."""
    raise failing[0] from OSError("a secret")


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    requires_match = True
    rules = {"read": anyone}


@Authors.action(rule=authenticated, job=Job(atomic=True))
def rename(row: Author) -> None:
    """Where If-Match is demanded; the row is locked."""
    Author.objects.filter(pk=row.pk).update(name="Renamed")


@api.get("/plain", rule=anyone)
def plain() -> str:
    """What is no job."""
    raise Conflict("As ever.")


def ask(url: str, document: Any = None, *, user: str = "ann", method: str = "POST", **headers: str) -> Response:
    """Ask for a job, as the browser of a user."""
    own = as_user(user, is_staff=user == "sam") if user else {}
    return change(api, method, url, document, **{**own, **headers})


def asked(url: str, document: Any = None, **rest: Any) -> str:
    """Ask for a job; gives where it is."""
    response = ask(url, document, **rest)
    assert response.status == 202, response.body
    return response.header("Location") or ""


def look(place: str, *, user: str = "ann", method: str = "GET", **headers: str) -> Response:
    """Ask for a job that there is."""
    own = as_user(user, is_staff=user == "sam") if user else {}
    return send(api, place, method, **{**own, **headers})


def seen(place: str, **rest: Any) -> Any:
    """The representation of a job."""
    response = look(place, **rest)
    assert response.status == 200, response.body
    return json.loads(response.body)

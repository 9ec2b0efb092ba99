"""An API with actions of every kind over the bookshop's models, and how the tests ask it."""

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import msgspec
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404
from django.middleware import csrf
from django.test import Client

from nuages import API, Principal, Resource, anyone, authenticated, nobody, owner, staff
from nuages.errors import Conflict, Fault
from shop.models import Author, Book, Review, Tag

api = API(title="Acting")


class Repricing(msgspec.Struct):
    price: Annotated[Decimal, msgspec.Meta(description="The new one.")]
    reason: Annotated[str, msgspec.Meta(max_length=10)] = ""


class Line(msgspec.Struct):
    book: int
    copies: Annotated[int, msgspec.Meta(ge=1)] = 1


@dataclass
class Basket:
    lines: list[Line]


class Renaming(TypedDict):
    name: str


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Priced:
    book: int
    total: Decimal
    at: dt.datetime


def visible(principal: Principal) -> Any:
    """Books in print, and for staff all."""
    return True if principal.is_staff else Q(in_print=True)


def cheap(principal: Principal) -> Any:
    """Only books that cost less than 50."""
    return Q(price__lt=50)


@api.resource(Book)
class Books(Resource):
    fields = ["id", "title", "isbn", "price", "in_print"]
    writable = ["title", "isbn", "price"]
    rules = {"read": visible, "update": staff, "withdraw": cheap, "wipe": nobody}


@Books.action(rule=cheap)
def reprice(row: Book, data: Repricing) -> Book:
    """A member, a body, and the member again."""
    row.price = data.price
    row.title = data.reason or row.title
    row.save()
    return row


@Books.action()
def withdraw(row: Book) -> None:
    """Its rule stands among the others; afterwards nobody sees the row."""
    Book.objects.filter(pk=row.pk).update(in_print=False)


@Books.action(method="PUT", rule=anyone, name="print-run")
def take_out_of_print(row: Book) -> Book | None:
    """The row that it answers with can no longer be read."""
    row.in_print = False
    row.save()
    return row


@Books.action(rule=authenticated)
def say_who(row: Book, principal: Principal) -> dict[str, Any]:
    """What a plain dict says."""
    return {"who": principal.user.username, "title": row.title}


@Books.action(rule=staff | owner("author__books__reviews__user"))
def review(row: Book) -> None:
    """For staff, and who has written of the author."""


@Books.action()
def wipe(row: Book) -> None:
    """For nobody."""


@Books.action(detail=False, rule=anyone)
def price_basket(data: Basket, principal: Principal) -> list[Priced]:
    """A body with bodies inside, and no row."""
    prices = dict(Book.objects.values_list("pk", "price"))
    noon = dt.datetime(2024, 5, 31, 12, tzinfo=dt.UTC)
    return [Priced(line.book, prices[line.book] * line.copies, noon) for line in data.lines]


@Books.action(detail=False, rule=anyone)
def copy_first(data: list[Line]) -> Book:
    """A list as a body; a member that is new."""
    first = Book.objects.get(pk=data[0].book)
    return Book.objects.create(title=f"{first.title}, again", price=first.price, author=first.author)


@Books.action(detail=False, rule=cheap)
def misruled(principal: Principal) -> None:
    """Whose rule answers a Q, about no row."""


@Books.action(method="GET", detail=False, rule=anyone)
def search_titles(
    words: list[str],
    most: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5,
    since: dt.date | None = None,
    below: Decimal | None = None,
    colour: Colour = Colour.RED,
    how: Literal["all", "any"] = "all",
    exact: bool = False,
) -> dict[str, Any]:
    """Every simple kind of argument."""
    return {
        "words": words, "most": most, "since": since, "below": below, "colour": colour, "how": how, "exact": exact,
    }  # fmt: skip


@Books.action(method="GET", rule=cheap)
def cover(row: Book, principal: Principal, size: int = 100) -> dict[str, Any]:
    """A member's own."""
    return {"title": row.title, "size": size, "staff": principal.is_staff}


@Books.action(method="GET", rule=anyone)
def sibling(row: Book) -> Book | None:
    """Another member, if there is one."""
    return Book.objects.filter(author=row.author).exclude(pk=row.pk).first()


@Books.action(method="DELETE", rule=anyone, name="print-run")
def forget(row: Book) -> None:
    """Another method under a name that there is."""
    row.delete()


@Books.action(method="PATCH", rule=anyone)
def odd(row: Book, data: Repricing) -> int:
    """Not what its annotation says."""
    row.price = data.price
    row.save()
    return None if data.reason == "None" else row if data.reason == "row" else object()  # type: ignore[return-value]


@api.resource(Author)
class Authors(Resource):
    fields = ["id", "name", "country"]
    writable = ["name"]
    requires_match = True
    rules = {"read": anyone}


@Authors.action(rule=anyone)
def rename(row: Author, data: Renaming) -> Author:
    """A TypedDict."""
    row.name = data["name"]
    row.save()
    return row


def _break(how: str, row: Tag) -> None:
    match how:
        case "conflict":
            raise Conflict("Sold out.", faults=[Fault("/name", "sold-out", "There is none left.")], code="sold-out")
        case "validation":
            raise ValidationError({"name": ValidationError("Not this name.", code="bad_name")})
        case "plain validation":
            raise ValidationError("Not now.")
        case "absent":
            Tag.objects.get(pk=99_999)
        case "http404":
            raise Http404
        case "denied":
            raise PermissionDenied
        case "number":
            Tag.objects.filter(pk=row.pk).update(id=10**30)
        case _:
            raise LookupError("a secret")


class Breaking(msgspec.Struct):
    how: str


@api.resource(Tag)
class Tags(Resource):
    fields = ["id", "name"]
    writable = ["name"]
    rules = {"read": anyone}


@Tags.action(rule=anyone)
def break_down(row: Tag, data: Breaking) -> Tag:
    """Write, then fail in one of many ways."""
    Tag.objects.create(name="written before")
    _break(data.how, row)
    return row


@Tags.action(method="GET", rule=anyone, name="break-down")
def break_down_safely(row: Tag, how: str) -> None:
    """Fail without having written."""
    _break(how, row)


@Tags.action(rule=anyone)
def call_it(row: Tag, data: Renaming) -> Tag:
    """A name that may be taken, as the client gave it."""
    row.name = data["name"]
    row.save()
    return row


@Tags.action(rule=anyone)
def call_it_poem(row: Tag) -> Tag:
    """A name that may be taken, which no client gave."""
    row.name = "poem"
    row.save()
    return row


@api.resource(Review)
class WriteOnly(Resource):
    fields = ["id"]
    path = "unread"
    rules = {"create": anyone}


@WriteOnly.action(rule=anyone)
def find(row: Review) -> None:
    """Nobody reads what it is about."""


def as_user(name: str, *, is_staff: bool = False) -> dict[str, str]:
    """The headers of a browser of somebody who is logged in, and of a page of this site."""
    user, _ = get_user_model().objects.get_or_create(username=name, defaults={"is_staff": is_staff})
    client = Client()
    client.force_login(user)
    token = str(csrf._get_new_csrf_string())
    return {"cookie": f"sessionid={client.cookies['sessionid'].value}; csrftoken={token}", "x_csrftoken": token}

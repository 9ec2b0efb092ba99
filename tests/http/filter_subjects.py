"""Two resources with parameters of every sort, and their rows as plain Python sees them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Avg, Count, F, Max, Model

from nuages import API, Resource, anyone, value
from shop.models import Author, Book
from tests.support.evaluation import Row, Schema
from tests.support.translation import Orm
from tests.zoo.models import Note, Specimen


@dataclass(frozen=True)
class Subject:
    """A resource to ask: texts to compare each name with, and names that may be compared with each other."""

    path: str
    orm: Orm
    samples: Mapping[str, list[str]]
    pairs: list[tuple[str, str]]
    rows: Callable[[], list[Row]]


def truth(text: str) -> bool:
    """Read a truth."""
    return text == "true"


api = API(title="Random filters")
BOOK: dict[str, tuple[Callable[[str], Any], list[str]]] = {
    "title": (str, ["the", "The*", "*s", "*e*", "a", "*", "100%*", "*'*"]),
    "price": (Decimal, ["4.50", "12", "30.00", "59.98"]),
    "published": (dt.date.fromisoformat, ["1960-01-01", "1990-06-30", "2020-02-29"]),
    "in_print": (truth, ["true", "false"]),
    "author": (int, ["1", "3", "99"]),
    "publisher": (int, ["1", "2"]),
    "author__country": (str, ["FR", "JP", "*R", "", "f*"]),
    "author__born": (dt.date.fromisoformat, ["1950-01-01", "1980-06-30"]),
    "publisher__name": (str, ["*a*", "*s", "Press"]),
    "tags": (int, ["1", "2", "3"]),
    "tags__name": (str, ["poetry", "travel", "*e*", "S*"]),
    "reviews__stars": (int, ["1", "3", "5"]),
    "reviews__user_name": (str, ["*a*", "A*", "*n"]),
    "coauthors__country": (str, ["FR", "US", "*P"]),
    "author__books__price": (Decimal, ["10", "30"]),
    "author__books__in_print": (truth, ["true", "false"]),
    "review_count": (int, ["3", "5", "0"]),
    "avg_stars": (float, ["3", "3.5"]),
    "best": (str, ["*a*", "M", "N*"]),
}
BOOK_VALUES: dict[str, Any] = {
    "review_count": Count("reviews"),
    "avg_stars": Avg("reviews__stars"),
    "best": Max("reviews__user_name"),
}
SPECIMEN: dict[str, tuple[Callable[[str], Any], list[str]]] = {
    "integer": (int, ["0", "1", "2", "-1"]),
    "doubled": (int, ["2", "4"]),
    "decimal": (Decimal, ["1.000", "2.5", "-0.001"]),
    "float": (float, ["1.5", "2"]),
    "char": (str, ["a*", "*b", "*É*", "a_b", r"*\\*", "*%*", '*"*', "", "null"]),
    "text": (str, ["A*", "*b", "é", "*%", "x"]),
    "boolean": (truth, ["true", "false"]),
    "datetime": (dt.datetime.fromisoformat, ["2020-12-31T23:30:00+00:00", "2021-01-01T12:00:00+00:00"]),
    "json__color": (str, ["red", "R*", "*é*", "1", "true", "null"]),
    "json__owner__name": (str, ["Ann", "*n", ""]),
    "notes": (int, ["10", "11", "101", "201"]),
    "notes__text": (str, ["note*", "*1", "*%*"]),
    "note_count": (int, ["0", "2"]),
    "half": (Decimal, ["0.5", "1.25"]),
}
SPECIMEN_VALUES: dict[str, Any] = {"note_count": Count("notes"), "half": F("decimal") * Decimal("0.5")}


def declare(model: type[Model], path: str, names: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Put a resource into the API."""
    fields = ["id", *(value(name, expression) for name, expression in values.items())]
    attributes = {"fields": fields, "filters": list(names), "rules": {"read": anyone}, "path": path}
    api.resource(model)(type(path.title(), (Resource,), attributes))


def book_rows() -> list[Row]:
    """The books, with all that may be asked of them."""
    books = list(Book.objects.select_related("author", "publisher").prefetch_related("tags", "reviews", "coauthors"))
    by_author: dict[int, list[Row]] = {}
    for book in books:
        by_author.setdefault(book.author_id, []).append({"id": book.pk, "price": book.price, "in_print": book.in_print})
    return [_book_row(book, by_author) for book in books]


def _book_row(book: Book, by_author: Mapping[int, list[Row]]) -> Row:
    reviews = [{"id": each.pk, "stars": each.stars, "user_name": each.user_name} for each in book.reviews.all()]
    stars, names = [each["stars"] for each in reviews], [each["user_name"] for each in reviews]
    author, publisher = book.author, book.publisher
    return {
        **{name: getattr(book, name) for name in ("id", "title", "price", "published", "in_print")},
        "author": {**_author_row(author), "books": by_author[author.pk]},
        "publisher": {"id": publisher.pk, "name": publisher.name} if publisher else None,
        "tags": [{"id": tag.pk, "name": tag.name} for tag in book.tags.all()],
        "coauthors": [_author_row(each) for each in book.coauthors.all()],
        "reviews": reviews,
        "review_count": len(reviews),
        "avg_stars": sum(stars) / len(stars) if stars else None,
        "best": max(names, default=None),
    }


def _author_row(author: Author) -> dict[str, Any]:
    return {"id": author.pk, "country": author.country, "born": author.born}


def specimen_rows() -> list[Row]:
    """The specimens, likewise."""
    names = ("id", "integer", "doubled", "decimal", "float", "char", "text", "boolean", "datetime")
    found = []
    for each in Specimen.objects.prefetch_related("notes"):
        notes = [{"id": one.pk, "text": one.text} for one in each.notes.all()]
        document = each.json if isinstance(each.json, dict) else {}
        owner = document.get("owner")
        keyed = {"color": document.get("color"), "owner": owner if isinstance(owner, dict) else {"name": None}}
        keyed["color"] = {True: "true", False: "false"}.get(keyed["color"], keyed["color"])
        half = each.decimal / 2 if each.decimal is not None else None
        row = {name: getattr(each, name) for name in names}
        found.append({**row, "json": keyed, "notes": notes, "note_count": len(notes), "half": half})
    return found


def fill_specimens() -> None:
    """Thirty specimens of few values each, so that much is equal and much absent."""
    random, kind = Random(7), ContentType.objects.get_for_model(Specimen)
    documents = [None, [], "red", {}, {"color": None}, {"color": "red", "owner": {"name": "Ann"}}, {"color": True}]
    documents += [{"color": "Rosé", "owner": {"name": ""}}, {"color": "1", "owner": []}, {"owner": {"name": None}}]
    moments = [None, dt.datetime(2020, 12, 31, 23, 30, tzinfo=dt.UTC), dt.datetime(2021, 1, 1, 12, tzinfo=dt.UTC)]
    for key in range(1, 31):
        Specimen.objects.create(
            id=key,
            integer=random.choice([None, 0, 1, 2, -1]),
            decimal=random.choice([None, Decimal(1), Decimal("2.5"), Decimal("-0.001")]),
            float=random.choice([None, 1.5, 2.0]),
            char=random.choice(
                [None, "", "a", "ab", "É", "é b", "a_b", "a\\b", "100%", 'say "x"', "null", "new\nline"]
            ),
            text=random.choice([None, "A", "Ab", "é", "5%", "x"]),
            boolean=random.choice([None, True, False]),
            datetime=random.choice(moments),
            json=random.choice(documents),
        )
        texts = random.sample(["note 1", "Note 2", "5%", "x"], random.choice([0, 1, 2, 3, 4]))
        numbered = enumerate(texts, start=10 * key)
        Note.objects.bulk_create(Note(id=n, content_type=kind, object_id=key, text=text) for n, text in numbered)


declare(Book, "books", BOOK, BOOK_VALUES)
declare(Specimen, "specimens", SPECIMEN, SPECIMEN_VALUES)

BOOKS = Subject(
    "/books",
    Orm(
        Book,
        Schema({name: read for name, (read, _) in BOOK.items()}),
        ("tags", "reviews", "coauthors", "author__books"),
        BOOK_VALUES,
    ),
    {name: texts for name, (_, texts) in BOOK.items()},
    [("published", "author__born"), ("review_count", "price"), ("avg_stars", "review_count"), ("best", "title")],
    book_rows,
)
SPECIMENS = Subject(
    "/specimens",
    Orm(Specimen, Schema({name: read for name, (read, _) in SPECIMEN.items()}), ("notes",), SPECIMEN_VALUES),
    {name: texts for name, (_, texts) in SPECIMEN.items()},
    [("integer", "decimal"), ("decimal", "float"), ("char", "text"), ("half", "integer"), ("note_count", "doubled")],
    specimen_rows,
)

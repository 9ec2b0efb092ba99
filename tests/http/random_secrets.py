"""Draw an API whose rules hide rows and members, questions of every sort, and changes of what is hidden alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import F, Model, Q

from nuages import API, Resource, anyone, field, nested, nobody, value
from shop.models import Author, Book, Publisher, Review, Tag
from tests.http.random_cases import HOOKS, KINDS, LOOKUPS

Models = type[Model]
MODELS: list[Models] = [Book, Author, Publisher, Tag, Review]
_PARIS = ZoneInfo("Europe/Paris")
DRAWN: dict[str, Callable[[Random], Any]] = {
    "title": lambda rng: rng.choice(["A", "war", "Zzz", "The peace"]),
    "price": lambda rng: Decimal(rng.randrange(100, 7000)) / 100,
    "published": lambda rng: rng.choice([None, date(1950 + rng.randrange(70), 1, 1)]),
    "in_print": lambda rng: rng.random() < 0.5,
    "name": lambda rng: rng.choice(["Ann", "poetry", "Zoe", "Oscar"]) + str(rng.randrange(1_000_000)),
    "country": lambda rng: rng.choice(["FR", "JP", "US", ""]),
    "born": lambda rng: rng.choice([None, date(1900 + rng.randrange(90), 6, 30)]),
    "user_name": lambda rng: rng.choice(["ann", "zoe"]),
    "stars": lambda rng: 1 + rng.randrange(5),
    "created_at": lambda rng: datetime(2020 + rng.randrange(5), 1, 1, tzinfo=_PARIS),
}
SECRETS = {
    model: [name for name in kind.columns if name in DRAWN and name != "user_name"] for model, kind in KINDS.items()
}
LINKS: list[tuple[Any, str, Models, str]] = [
    (Book.tags.through, "book_id", Tag, "tag_id"),
    (Book.coauthors.through, "book_id", Author, "author_id"),
]
GROUPS = {
    Book: ["in_print", "author__country", "published__year", "publisher__name"],
    Review: ["stars", "book__in_print"],
}
MEASURES = {Book: ["price", "id"], Review: ["stars", "id"], Author: ["id", "born"]}
SEARCHED = {Book: ["title", "author__name", "tags__name"], Author: ["name", "books__title"], Review: ["user_name"]}


@dataclass(frozen=True)
class Secret:
    """An API, what its rules answer, and which columns of each model nobody sees."""

    rules: dict[Models, Any]
    hooks: dict[Models, Any]
    number: int
    hidden: dict[Models, list[str]]
    orders: dict[Models, str]

    def seen(self, model: Models) -> set[int]:
        """The keys of the rows that may be seen."""
        rule = self.rules[model]
        if rule is nobody:
            return set()
        rows = model._default_manager.filter(Q() if rule is anyone else rule(self.number))
        hooked = self.hooks[model](model, self.number)
        keys = set(rows.values_list("pk", flat=True))
        return keys if hooked is None else keys & {row.pk for row in hooked}

    def serve(self) -> API:
        """Declare the API: every column and relation, filter, order and search that there is."""
        api = API(title="Secrets")
        for model in MODELS:
            kind, rule = KINDS[model], self.rules[model]
            computed = {member.name for member in kind.values}
            columns = [name for name in kind.columns if name not in kind.one]
            attributes: dict[str, Any] = {
                "fields": [*(self._member(model, name) for name in columns), *self._relations(model, depth=2)],
                "filters": [name for name in kind.filters if name not in computed],
                "ordering": [*columns, *(f"{one}__{name}" for one in kind.one for name in SECRETS[kind.one[one]])],
                "order": self.orders[model],
                "groups": GROUPS.get(model, []),
                "measures": MEASURES.get(model, []),
                "search": SEARCHED.get(model, []),
                "paging": ["cursor", "page"],
                "writable": [name for name in kind.columns if name != "id"],
                "max_bulk": 5,
                "rules": {
                    "read": rule if rule in (anyone, nobody) else self._ask(rule),
                    "update": anyone,
                    "create": anyone,
                },
                "path": f"{model.__name__.lower()}s",
            }
            if model is Book:
                hides = {"visible": nobody} if "price" in self.hidden[Book] else {}
                attributes["fields"].append(value("twice", F("price") * 2, **hides))
                attributes["filters"].append("twice")
                attributes["ordering"].append("twice")
            if self.hooks[model] is not HOOKS[0]:
                attributes["queryset"] = self._hook(model)
            api.resource(model)(type(f"{model.__name__}s", (Resource,), attributes))
        return api

    def _ask(self, rule: Any) -> Any:
        return rule if rule in (anyone, nobody) else lambda _: rule(self.number)

    def _hook(self, model: Models) -> Any:
        return lambda *_: self.hooks[model](model, self.number)

    def _member(self, model: Models, name: str) -> Any:
        return field(name, visible=nobody) if name in self.hidden[model] else name

    def _relations(self, model: Models, *, depth: int) -> Iterator[Any]:
        kind = KINDS[model]
        for name, target in {**kind.one, **kind.many}.items():
            inner = self._relations(target, depth=depth - 1) if depth > 1 else ()
            columns = [column for column in KINDS[target].columns if column not in KINDS[target].one]
            options = {"order": self.orders[target], "limit": 3} if name in kind.many else {}
            yield nested(name, *columns, *inner, **options)  # type: ignore[arg-type]


def draw_secret(rng: Random) -> Secret:
    """Draw what is hidden."""
    return Secret(
        rules={model: rng.choice([anyone, nobody, *KINDS[model].rules, *KINDS[model].rules]) for model in MODELS},
        hooks={model: rng.choice([HOOKS[0], HOOKS[0], *HOOKS]) for model in MODELS},
        number=rng.randrange(6),
        hidden={model: [name for name in SECRETS[model] if rng.random() < 0.4] for model in MODELS},
        orders={
            model: ",".join(rng.choice(["", "-"]) + name for name in SECRETS[model] if rng.random() < 0.5)
            for model in MODELS
        },
    )


Question = tuple[str, str, Any]


def draw_questions(rng: Random, keys: dict[Models, list[int]]) -> list[Question]:
    """Draw requests: lists with everything, members, names that are hidden or wrong, and changes that are refused."""
    questions: list[Question] = []
    for model in MODELS:
        path = f"/{model.__name__.lower()}s"
        kind = KINDS[model]
        questions += [("GET", f"{path}/{rng.choice(keys[model])}", None) for _ in range(3)]
        questions += [("GET", f"{path}?{_list(rng, model)}", None) for _ in range(4)]
        names = [*kind.columns, *kind.filters, "nosuch", "pricee"]
        odd = rng.choice(
            ["order={}", "fields={}", "include={}", "group={}", "filter={}%3D1", "{}=1", "aggregate=max({})"]
        )
        questions.append(("GET", f"{path}?{odd.format(rng.choice(names))}", None))
        questions += _changes(rng, model, path, keys)
    return questions


def _list(rng: Random, model: Models) -> str:
    kind = KINDS[model]
    asked = [f"limit={1 + rng.randrange(6)}", rng.choice(["", "count=exact", "count=capped", "page=2"])]
    for name in rng.sample(sorted(kind.filters), k=min(rng.randrange(3), len(kind.filters))):
        lookup = rng.choice([*LOOKUPS, "isnull", "icontains"])
        texts = ["true"] if lookup == "isnull" else kind.filters[name]
        asked.append(f"{name}{f'__{lookup}' if lookup != 'exact' else ''}={quote(rng.choice(texts))}")
    asked.append(rng.choice(["", f"order={rng.choice(['', '-'])}{rng.choice(kind.columns)}"]))
    asked.append(rng.choice(["", "", f"search={rng.choice(['a', 'war', 'poetry', 'zzz'])}"]))
    if model in GROUPS and rng.random() < 0.3:
        group, measure = rng.choice(GROUPS[model]), rng.choice(MEASURES[model])
        asked = [each for each in asked if each.partition("=")[0] not in ("order", "count", "page")]
        asked += [f"group={group}", f"aggregate=count(),max({measure}),count({measure})"]
    return "&".join(each for each in asked if each)


def _changes(rng: Random, model: Models, path: str, keys: dict[Models, list[int]]) -> Iterator[Question]:
    key, name = rng.choice(keys[model]), rng.choice([*KINDS[model].columns[1:], "nosuch"])
    document = {name: rng.choice([None, "x", 1])}
    yield rng.choice(["PATCH", "PUT"]), f"{path}/{key}", document
    yield "PATCH", path, [{"id": key, **document}, {"id": 10**6}]
    yield "POST", path, document


@contextmanager
def hidden_changes(rng: Random, secret: Secret, alias: str) -> Iterator[int]:
    """Change what nobody may see, and undo it afterwards; gives how many changes there were."""
    before = {model: secret.seen(model) for model in MODELS}
    with transaction.atomic(using=alias):
        done = 0
        for _ in range(30):
            done += _try(rng, secret, before, alias)
        yield done
        transaction.set_rollback(True, using=alias)


def _try(rng: Random, secret: Secret, before: dict[Models, set[int]], alias: str) -> bool:
    """Make one change, unless it would show or hide another row."""
    with suppress(IntegrityError), transaction.atomic(using=alias):
        if _change(rng, secret, before) and {model: secret.seen(model) for model in MODELS} == before:
            return True
        transaction.set_rollback(True, using=alias)
    return False


def _change(rng: Random, secret: Secret, seen: dict[Models, set[int]]) -> bool:
    model = rng.choice(MODELS)
    how = rng.choice([_hidden_row, _hidden_row, _hidden_column, _hidden_column, _new_row, _gone_row, _new_link])
    return how(rng, secret, model, seen[model])


def _random_row(rng: Random, model: Models, unlike: set[int] | None) -> Any:
    rows = model._default_manager.order_by("pk")
    found = list(rows if unlike is None else rows.exclude(pk__in=unlike))
    return rng.choice(found) if found else None


def _hidden_row(rng: Random, secret: Secret, model: Models, seen: set[int]) -> bool:
    row = _random_row(rng, model, seen)
    if row is not None:
        values = {name: DRAWN[name](rng) for name in KINDS[model].columns if name in DRAWN}
        model._default_manager.filter(pk=row.pk).update(**values)
    return row is not None


def _hidden_column(rng: Random, secret: Secret, model: Models, seen: set[int]) -> bool:
    if not secret.hidden[model]:
        return False
    name = rng.choice(secret.hidden[model])
    row = _random_row(rng, model, None)
    model._default_manager.filter(pk=row.pk).update(**{name: DRAWN[name](rng)})
    return True


def _new_row(rng: Random, secret: Secret, model: Models, seen: set[int]) -> bool:
    row = _random_row(rng, model, seen)
    if row is None:
        return False
    row.pk = 50_000 + rng.randrange(10**6)
    for name in KINDS[model].columns:
        if name in DRAWN:
            setattr(row, name, DRAWN[name](rng))
    if model is Book:
        row.isbn = None
    row.save(force_insert=True)
    return True


def _gone_row(rng: Random, secret: Secret, model: Models, seen: set[int]) -> bool:
    row = _random_row(rng, model, seen) if model in (Review, Tag) else None
    if row is not None:
        row.delete()
    return row is not None


def _new_link(rng: Random, secret: Secret, model: Models, seen: set[int]) -> bool:
    through, ours, target, theirs = rng.choice(LINKS)
    hidden = _random_row(rng, target, secret.seen(target))
    book = _random_row(rng, Book, None)
    if hidden is not None:
        through._default_manager.create(**{ours: book.pk, theirs: hidden.pk})
    return hidden is not None


def body_of(document: Any) -> bytes:
    """The bytes of a document."""
    return json.dumps(document).encode()

"""Whatever is declared and asked, a list is what an ORM loop shows: fields, rules, hooks, filters, orders at random."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from django.db.models import Avg, Count, F, Max, Model, Q, QuerySet
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nuages import API, Resource, anyone, nested, value
from nuages.declare.resource import Nested
from nuages.http.request import Request
from shop.invention import plan_sizes
from shop.models import Author, Book, Publisher, Review, Tag
from shop.seeding import seed_shop
from tests.support.oracle import comparable, represent

Models = type[Model]
Make = Callable[[int], Q]


@dataclass(frozen=True)
class Kind:
    """What may be drawn for one model; filters come with the texts to ask for, rules are made of a number."""

    columns: list[str]
    many: dict[str, Models]
    one: dict[str, Models]
    values: list[Any]
    filters: dict[str, list[str]]
    rules: list[Make]


PRICES, COUNTS = ["4.50", "12", "30.00", "59.98"], ["0", "1", "2", "3", "5"]
DATES, NAMES = ["1960-01-01", "1990-06-30", "2020-02-29"], ["A", "K", "Oscar Castellanos", "Z"]
COUNTRIES, TAGS = ["FR", "JP", "US", ""], ["poetry", "travel", "science", "nosuch"]
KINDS: dict[Models, Kind] = {
    Book: Kind(
        columns=["id", "title", "isbn", "price", "published", "in_print", "author", "publisher"],
        many={"tags": Tag, "coauthors": Author, "reviews": Review},
        one={"author": Author, "publisher": Publisher},
        values=[
            value("review_count", Count("reviews")),
            value("tag_count", Count("tags", distinct=True)),
            value("avg_stars", Avg("reviews__stars")),
            value("twice", F("price") * 2),
            value("best", Max("reviews__stars", filter=Q(reviews__stars__lt=5))),
        ],
        filters={
            **{"price": PRICES, "published": DATES, "in_print": ["true", "0"], "author": COUNTS, "publisher": COUNTS},
            **{"author__country": COUNTRIES, "author__born": DATES, "publisher__name": NAMES, "tags__name": TAGS},
            **{"tags": COUNTS, "reviews__stars": COUNTS, "coauthors__country": COUNTRIES},
            **{"author__books__price": PRICES},
            **{"review_count": COUNTS, "tag_count": COUNTS, "avg_stars": ["3", "3.5"], "twice": PRICES, "best": COUNTS},
        },
        rules=[
            lambda n: Q(price__lt=15 + 10 * n),
            lambda n: ~Q(in_print=bool(n % 2)),
            lambda n: Q(tags__name=TAGS[n % 3]),
            lambda n: Q(author__country=COUNTRIES[n % 3]) | Q(published__isnull=True),
            lambda n: Q(reviews__stars=5) & ~Q(tags__id=n),
            lambda n: Q(author=n) ^ Q(publisher__in=[n, n + 1]),
            lambda n: Q(published__gt=f"19{60 + n}-01-01"),
        ],
    ),
    Author: Kind(
        columns=["id", "name", "country", "born"],
        many={"books": Book, "coauthored": Book},
        one={},
        values=[value("book_count", Count("books")), value("avg_price", Avg("books__price"))],
        filters={"country": COUNTRIES, "born": DATES, "name": NAMES, "books__price": PRICES, "book_count": COUNTS},
        rules=[
            lambda n: Q(country__in=[COUNTRIES[n % 3], "GB"]),
            lambda n: Q(books__price__gt=10 * n),
            lambda n: ~Q(born=None) & Q(id__gte=n),
            lambda n: Q(name__gte=NAMES[n % 4]),
        ],
    ),
    Publisher: Kind(
        columns=["id", "name"],
        many={"books": Book},
        one={},
        values=[value("book_count", Count("books"))],
        filters={"books__author__country": COUNTRIES, "books__tags__name": TAGS, "book_count": COUNTS},
        rules=[lambda n: Q(id=1 + n % 2), lambda n: ~Q(books__in_print=bool(n % 2))],
    ),
    Tag: Kind(
        columns=["id", "name"],
        many={"books": Book},
        one={},
        values=[value("cheapest", Max("books__price"))],
        filters={"books__in_print": ["true", "false"], "books__author": COUNTS, "cheapest": PRICES},
        rules=[lambda n: Q(name__lt=TAGS[n % 3]), lambda n: Q(books__author__country=COUNTRIES[n % 3])],
    ),
    Review: Kind(
        columns=["id", "book", "user_name", "stars", "created_at"],
        many={},
        one={"book": Book},
        values=[value("more", F("stars") + 1)],
        filters={
            **{"stars": COUNTS, "book": COUNTS, "book__price": PRICES, "book__author__country": COUNTRIES},
            **{"book__tags": COUNTS},
        },
        rules=[lambda n: Q(stars__gte=n % 6), lambda n: Q(book__price__lt=10 * n), lambda n: ~Q(stars=n % 6)],
    ),
}
HOOKS: list[Callable[[Models, int], Any]] = [
    lambda *_: None,
    lambda model, n: model._default_manager.filter(id__gt=n),
    lambda model, n: model._default_manager.exclude(id=n).order_by("-id"),
    lambda model, n: model._default_manager.order_by("id")[: 20 + n],
    lambda model, n: model._default_manager.filter(id__in=range(1, 30 + n)),
    lambda model, n: model._default_manager.filter(id__lt=9) | model._default_manager.filter(id__gt=9 + n),
]
LOOKUPS = ["exact", "gt", "gte", "lt", "lte", "in"]
TRUTHS = ["true", "false"]
NULLABLE = {"published", "publisher", "born"} | {member.name for kind in KINDS.values() for member in kind.values}


@dataclass(frozen=True)
class Case:
    """One API and one question: everything of it drawn at random."""

    model: Models
    fields: list[Any]
    rules: dict[Models, Any]
    hooks: dict[Models, Any]
    filters: list[tuple[str, str, list[str]]]
    order: list[tuple[str, bool]]
    limit: int

    def verdict(self, model: Models, number: int) -> Any:
        """What a model's rule answers."""
        rule = self.rules[model]
        return rule(number) if callable(rule) else rule

    def visible(self, number: int) -> Callable[[QuerySet[Any]], QuerySet[Any]]:
        """What narrows any queryset to the rows that rule and hook leave."""
        known: dict[Models, set[int]] = {}

        def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
            if rows.model not in known:
                known[rows.model] = self._seen(rows.model, number)
            return rows.filter(pk__in=known[rows.model])

        return narrow

    def _seen(self, model: Models, number: int) -> set[int]:
        verdict, hooked = self.verdict(model, number), self.hooks[model](model, number)
        if verdict is False:
            return set()
        rows = model._default_manager.filter(verdict if isinstance(verdict, Q) else Q())
        keys = set(rows.values_list("pk", flat=True))
        return keys if hooked is None else keys & {row.pk for row in hooked}

    def query(self) -> str:
        """Spell the question."""
        order = ",".join(f"{'-' if descending else ''}{name}" for name, descending in self.order)
        texts = [(f"{name}__{lookup}", ",".join(values)) for name, lookup, values in self.filters]
        return "&".join([f"limit={self.limit}", f"order={order}", *(f"{name}={quote(text)}" for name, text in texts)])


@st.composite
def members(draw: Any, model: Models, depth: int) -> list[Any]:
    """Draw fields: the key, columns, values, and relations with members of their own."""
    kind = KINDS[model]
    shown: list[Any] = ["id", *draw(st.lists(st.sampled_from(kind.columns[1:]), max_size=3, unique=True))]
    shown += draw(st.lists(st.sampled_from(kind.values), max_size=2, unique_by=lambda member: member.name))
    relations = draw(st.lists(st.sampled_from([*kind.many, *kind.one]), max_size=2, unique=True)) if depth else []
    for name in relations:
        target = kind.many.get(name) or kind.one[name]
        options = draw(many_options(KINDS[target], target, deep=depth < 3)) if name in kind.many else {}
        shown = [member for member in shown if member != name] + [
            nested(name, *draw(members(target, depth - 1)), **options)
        ]
    return shown


@st.composite
def many_options(draw: Any, kind: Kind, target: Models, *, deep: bool) -> dict[str, Any]:
    """Draw order, limit and filter of a list inside; deep down always a limit, or the ORM loop would take minutes."""
    columns = [name for name in kind.columns if name not in (*NULLABLE, "isbn")]  # nulls have a test of their own
    terms = draw(st.lists(st.sampled_from(columns), max_size=2, unique=True))
    limit = draw(st.integers(1, 3)) if deep else draw(st.none() | st.integers(1, 4))
    narrow = draw(st.none() | st.builds(lambda make, n: make(n), st.sampled_from(kind.rules), st.integers(0, 5)))
    return {
        "order": ",".join(f"{draw(st.sampled_from(['', '-']))}{term}" for term in terms),
        "limit": limit,
        "filter": narrow,
    }


@st.composite
def cases(draw: Any) -> Case:
    """Draw a whole case."""
    model = draw(st.sampled_from([Book, Book, *KINDS]))
    fields, kind = draw(members(model, draw(st.integers(0, 3)))), KINDS[model]
    rules = {each: draw(st.sampled_from([anyone, anyone, True, *KINDS[each].rules])) for each in KINDS}
    hidden = draw(st.sampled_from([None, None, *KINDS]))
    if hidden not in (None, model):
        rules[hidden] = False
    hooks = {each: draw(st.sampled_from([HOOKS[0], HOOKS[0], *HOOKS])) for each in KINDS}
    shown = {member.name for member in fields if hasattr(member, "name")}
    values = {member.name for member in kind.values}
    names = [name for name in kind.filters if name in shown or name not in values]
    filters = []
    for name in draw(st.lists(st.sampled_from(names), max_size=3, unique=True)):
        suited = ["exact", "in"] if name.endswith("in_print") else LOOKUPS
        may_be_null = name in NULLABLE or name in kind.many or "__" in name
        lookup = draw(st.sampled_from([*suited, "isnull"] if may_be_null else suited))
        texts = st.sampled_from(TRUTHS if lookup == "isnull" else kind.filters[name])
        filters.append((name, lookup, draw(st.lists(texts, min_size=1, max_size=3 if lookup == "in" else 1))))
    over = [
        f"{one}__{column}"
        for one in kind.one
        for column in KINDS[kind.one[one]].columns
        if column in ("name", "born", "price")
    ]
    orderable = [*kind.columns, *sorted(shown), *over]
    order = draw(
        st.lists(st.tuples(st.sampled_from(orderable), st.booleans()), max_size=3, unique_by=lambda term: term[0])
    )
    return Case(model, fields, rules, hooks, filters, order, draw(st.integers(1, 5)))


def _serve(case: Case, number: Callable[[], int]) -> API:
    """Declare the case's API; what its rules and hooks answer depends on a number that may change."""
    api = API(title="Random")
    for model in sorted(KINDS, key=lambda each: each is not case.model):
        rule = case.rules[model]
        rules = {"read": rule if rule is anyone else lambda _, model=model: case.verdict(model, number())}
        attributes: dict[str, Any] = {"fields": ["id"], "rules": rules, "path": f"{model.__name__.lower()}s"}
        if case.hooks[model] is not HOOKS[0]:
            attributes["queryset"] = lambda *_, model=model: case.hooks[model](model, number())
        if model is case.model:
            filters = [name for name, _, _ in case.filters]
            attributes |= {"fields": case.fields, "filters": filters, "ordering": [name for name, _ in case.order]}
        api.resource(model)(type(f"{model.__name__}s", (Resource,), attributes))
    return api


def _get(api: API, path: str, query: str = "") -> Any:
    response = api.handle(Request("GET", path, query, {}))
    assert response.status == 200, (response.body, query)
    return json.loads(response.body)


def _by_keys(model: Models, member: Any) -> Any:
    """Name the rows that a list's filter leaves by their keys: a filter over a relation to many repeats rows."""
    if not isinstance(member, Nested):
        return member
    target = KINDS[model].many.get(member.path) or KINDS[model].one[member.path]
    rows = target._default_manager.filter(member.filter or Q())
    left = Q(pk__in=set(rows.values_list("pk", flat=True))) if member.filter else None
    return replace(member, filter=left, members=tuple(_by_keys(target, inner) for inner in member.members))


Asked = tuple[list[str], str, list[str]]


class Oracle:
    """The same question, answered by ORM loops: visible rows first, then what leads through them."""

    def __init__(self, case: Case, number: int) -> None:
        self._case = case
        self.visible = case.visible(number)
        self._fields = [_by_keys(case.model, member) for member in case.fields]

    def rows(self) -> list[Any]:
        """The rows of the whole list, in order."""
        case = self._case
        rows = self.visible(case.model._default_manager.order_by("id"))
        absent = [
            (name, lookup, texts) for name, lookup, texts in case.filters if (lookup, texts) == ("isnull", ["true"])
        ]
        positive = [(one[0].split("__"), *one[1:]) for one in case.filters if one not in absent]
        rows = rows.filter(pk__in=self._matching(case.model, positive))
        for name, lookup, _ in absent:  # a path is null where it leads to no value that may be seen
            rows = rows.exclude(pk__in=self._matching(case.model, [(name.split("__"), lookup, ["false"])]))
        found = list(rows)
        for name, descending in reversed(case.order):
            found.sort(key=lambda row, name=name: self._sort_key(row, name), reverse=descending)  # type: ignore[misc]
        return found

    def represent(self, rows: list[Any]) -> list[Any]:
        """Show rows as declared."""
        return [represent(row, self._fields, self.visible) for row in rows]

    def _matching(self, model: Models, asked: list[Asked]) -> set[int]:
        """The keys of rows that filters leave; those over one relation speak of one row of it, which may be seen."""
        left = set(model._default_manager.values_list("pk", flat=True))
        kind, over = KINDS[model], dict[str, list[Asked]]()
        for (name, *rest), lookup, texts in asked:
            if name in kind.many or rest:
                over.setdefault(name, []).append((rest or ["id"], lookup, texts))
            else:
                left &= self._compared(model, name, lookup, texts)
        for name, inside in over.items():
            target = kind.many.get(name) or kind.one[name]
            seen = self.visible(target._default_manager.filter(pk__in=self._matching(target, inside)))
            ends = list(seen.values_list("pk", flat=True))
            left &= set(model._default_manager.filter(**{f"{name}__in": ends}).values_list("pk", flat=True))
        return left

    def _compared(self, model: Models, name: str, lookup: str, texts: list[str]) -> set[int]:
        rows = model._default_manager.annotate(**{m.name: m.expression for m in KINDS[model].values if m.name == name})
        is_truth = name == "in_print" or lookup == "isnull"
        right = [text in ("true", "1") for text in texts] if is_truth else texts
        return set(
            rows.filter(**{f"{name}__{lookup}": right if lookup == "in" else right[0]}).values_list("pk", flat=True)
        )

    def _sort_key(self, row: Any, name: str) -> tuple[bool, Any]:
        """A row's value of an order's term: nulls are last, and what a rule hides is null."""
        *hops, last = name.split("__")
        for hop in hops:
            row = getattr(row, hop)
            if row is None or not self.visible(type(row)._default_manager.filter(pk=row.pk)).exists():
                return True, 0
        expressions = {member.name: member.expression for member in KINDS[type(row)].values}
        if last in expressions:
            rows = type(row)._default_manager.filter(pk=row.pk).annotate(**{last: expressions[last]})
            found = rows.values_list(last, flat=True).get()
        else:
            found = getattr(row, row._meta.get_field(last).attname)
        return found is None, 0 if found is None else found


def _walk(api: API, page: Any) -> Iterator[int]:
    """The keys of all pages behind a first one."""
    while page["next"]:
        path, _, query = page["next"].partition("?")
        page = _get(api, path, query)
        yield from (row["id"] for row in page["items"])


def _assert_shown_as_the_orm_would(case: Case, numbers: list[int], statements: Any) -> None:
    number = numbers[0]
    api = _serve(case, lambda: number)
    path, query = f"/{case.model.__name__.lower()}s", case.query()
    note(f"GET {path}?{query}")
    for number in numbers:  # the second time mostly through the plan that the first one left
        oracle = Oracle(case, number)
        expected = oracle.rows()
        first = oracle.represent(expected[: case.limit])
        statements.clear()
        page = _get(api, path, query)
        assert len(statements) == 1
        assert comparable(page["items"]) == comparable(first)
        assert [row["id"] for row in page["items"]] + list(_walk(api, page)) == [row.pk for row in expected]
        for shown in page["items"][:1]:
            assert comparable(_get(api, f"{path}/{shown['id']}")) == comparable(shown)


def test_a_random_list_is_what_an_orm_loop_shows(database: Any, statements: Any) -> None:
    """Random nestings, values, rules, hooks, filters and orders: one statement, the same rows, members and pages."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(case=cases(), numbers=st.lists(st.integers(0, 5), min_size=2, max_size=2))
    def check(case: Case, numbers: list[int]) -> None:
        _assert_shown_as_the_orm_would(case, numbers, statements)

    check()


def test_a_nested_list_is_ordered_as_a_list_is(database: Any) -> None:
    """Absent values come last where an order ascends and first where it descends, on every database."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    for order in ("published", "-published"):
        api = API(title="Ordered")
        fields = ["id", nested("books", "id", order=order, limit=5)]
        api.resource(Author)(type("Authors", (Resource,), {"fields": fields, "rules": {"read": anyone}}))
        books = type("Books", (Resource,), {"fields": ["id", "author"], "rules": {"read": anyone}})
        api.resource(Book)(type("Books", (books,), {"filters": ["author"], "ordering": ["published"]}))
        assert Book.objects.filter(author=1, published=None).exists()
        for author in _get(api, "/authors")["items"]:
            listed = _get(api, "/books", f"order={order}&limit=5&author={author['id']}")["items"]
            assert [book["id"] for book in author["books"]] == [book["id"] for book in listed]


@pytest.mark.parametrize(
    ("verdict", "hook"),
    [(False, None), (Q(pk__in=[]), None), (True, Publisher.objects.none()), (Q(id=1), None)],
    ids=["no", "empty Q", "empty hook", "some"],
)
def test_an_order_over_hidden_rows_can_be_followed(verdict: Any, hook: Any, database: Any) -> None:
    """What is hidden is null, wherever it stands: also where nothing at all may be seen."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    Publisher.objects.create(name="unseen")
    api = API(title="Hidden")
    attributes = {"fields": ["id"], "ordering": ["publisher__name"], "rules": {"read": anyone}}
    api.resource(Book)(type("Books", (Resource,), attributes))
    hidden = {"fields": ["id"], "rules": {"read": lambda _: verdict}, "queryset": lambda *_: hook}
    api.resource(Publisher)(type("Publishers", (Resource,), hidden))
    for order in ("publisher__name", "-publisher__name"):
        page = _get(api, "/books", f"order={order}&limit=7")
        found = [row["id"] for row in page["items"]] + list(_walk(api, page))
        assert found == [row["id"] for row in _get(api, "/books", f"order={order}&limit=200")["items"]]
        assert sorted(found) == list(range(1, 61))

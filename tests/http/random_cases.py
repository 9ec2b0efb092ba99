"""Draw what may be declared and asked of the shop: fields, values, rules, hooks, filters and orders at random."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db.models import Avg, Count, F, Max, Model, Q, QuerySet
from hypothesis import strategies as st

from nuages import API, Resource, anyone, nested, value
from shop.models import Author, Book, Publisher, Review, Tag

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


def serve(case: Case, number: Callable[[], int], **more: Any) -> API:
    """Declare the case's API; what its rules and hooks answer depends on a number that may change.

    Shapes: `more` are attributes of the resource that is asked; its rules are added to that of reading.
    """
    api, further = API(title="Random"), more.pop("rules", {})
    for model in sorted(KINDS, key=lambda each: each is not case.model):
        rule = case.rules[model]
        rules = {"read": rule if rule is anyone else lambda _, model=model: case.verdict(model, number())}
        attributes: dict[str, Any] = {"fields": ["id"], "rules": rules, "path": f"{model.__name__.lower()}s"}
        if case.hooks[model] is not HOOKS[0]:
            attributes["queryset"] = lambda *_, model=model: case.hooks[model](model, number())
        if model is case.model:
            filters = [name for name, _, _ in case.filters]
            attributes |= {"fields": case.fields, "filters": filters, "ordering": [name for name, _ in case.order]}
            attributes |= {**more, "rules": {**rules, **further}}
        api.resource(model)(type(f"{model.__name__}s", (Resource,), attributes))
    return api

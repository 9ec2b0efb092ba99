"""Whatever is declared and asked, a list is what an ORM loop shows: fields, rules, hooks, filters, orders at random."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from nuages import API, Resource, anyone, nested
from nuages.declare.resource import Nested
from nuages.http.request import Request
from shop.invention import plan_sizes
from shop.models import Author, Book, Publisher
from shop.seeding import seed_shop
from tests.http.random_cases import KINDS, Case, Models, cases, serve
from tests.support.oracle import comparable, represent


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
    api = serve(case, lambda: number)
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

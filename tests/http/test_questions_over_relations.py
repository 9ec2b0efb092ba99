"""A question over a relation is answered as the ORM would, whether a rule guards the far end or not."""

import json
from typing import Any

import pytest

from nuages import API, Principal, Resource, anyone
from nuages.http.request import Request
from shop.invention import plan_sizes
from shop.models import Author, Book, Publisher, Review, Tag
from shop.seeding import seed_shop
from tests.http.client import items
from tests.zoo.data import fill_zoo


@pytest.fixture
def shop(database: Any) -> Any:
    """A shop of sixty books."""
    seed_shop(plan_sizes(60), seed=7, using=database.alias)
    return database


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("keepers?friends__name__isnull=true&order=name", ["Dot"]),
        ("keepers?friends__name__isnull=false&order=name", ["Ann", "Bob", "Cid"]),
        ("keepers?country__isnull=true", ["Cid"]),
        ("keepers?country__name__isnull=true", ["Cid"]),
        ("keepers?badge__number__isnull=true&order=name", ["Bob", "Dot"]),
        ("keepers?chief__chief__name__isnull=true&order=name", ["Ann", "Bob", "Dot"]),
        ("birds?meals__isnull=true", ["Kea"]),
        ("birds?meals__isnull=false", ["Pip", "Polly"]),
        ("birds?meals__name__isnull=true", ["Kea"]),
    ],
)
def test_isnull_over_a_relation_finds_rows_without_one(question: str, names: list[str], database: Any) -> None:
    """With the meaning of Django's filter(): to-one, back, and to-many alike."""
    fill_zoo()
    assert [row["name"] for row in items(f"/zoo/{question}")] == names


def _everything(principal: Principal) -> bool:
    return True


def _shop_api(rule: Any) -> API:
    """Books that may be asked for over every relation, with one rule for all."""
    api = API(title="Shop")
    paths = ["publisher__name", "publisher", "author__born", "tags__name", "author__books__isbn", "reviews__stars"]
    for model in (Book, Author, Publisher, Tag, Review):
        attributes = {"fields": ["id"], "rules": {"read": rule}, "path": model.__name__}
        asked = {"filters": paths, "ordering": paths[:3]} if model is Book else {}
        api.resource(model)(type(model.__name__, (Resource,), attributes | asked))
    return api


@pytest.mark.parametrize(
    "query",
    [
        *(
            "publisher__name__isnull=true",
            "publisher__name__isnull=false",
            "publisher__isnull=true",
            "author__born__isnull=true",
        ),
        *(
            "tags__name=poetry",
            "tags__name__in=poetry,travel",
            "publisher__name__gte=A",
            "author__books__isbn__isnull=true",
        ),
        *("reviews__stars=5&tags__name=travel", "order=publisher__name", "order=-author__born,publisher__name"),
    ],
)
def test_a_rule_that_lets_everything_through_changes_nothing(query: str, shop: Any) -> None:
    """Asked of the principal or known in advance: the same rows for the same question."""
    Author.objects.filter(pk=3).update(born=None)
    Book.objects.filter(author=3).update(isbn=None)
    bodies = [_shop_api(rule).handle(Request("GET", "/Book", query, {})) for rule in (anyone, _everything)]
    assert [body.status for body in bodies] == [200, 200]
    assert json.loads(bodies[0].body)["items"]
    assert bodies[0].body == bodies[1].body

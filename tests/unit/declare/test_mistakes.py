"""A wrong declaration is named when an API is built: its file, its class, what is wrong, and the nearest right name."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db.models import Count, F, Q
from django.db.models.functions import Upper

from nuages import API, Resource, anyone, nested, owner, value
from nuages.errors import DeclarationError
from shop.models import Author, Book
from tests.zoo.models import Bird, Keeper, Listing, Note, Specimen


def mistakes(model: Any, **attributes: Any) -> list[Any]:
    """Declare a resource with these attributes and give what is wrong with it."""
    api = API(title="wrong")
    attributes = {"fields": ["id"], "rules": {"read": anyone}, **attributes}
    declared = type("Wrong", (Resource,), {**attributes, "__module__": __name__})
    api.resource(model)(declared)
    return api.mistakes()


async def _later(principal: Any) -> bool:
    return True


CASES: list[Any] = [
    ("E001", {"rules": {}}, "has no rules", "Open it on purpose"),
    ("E002", {"fields": ["tittle"]}, "has no field 'tittle'", "Did you mean 'title'?"),
    ("E002", {"fields": []}, "nothing is shown", "at least one field"),
    ("E002", {"fields": [nested("author", "nmae")]}, "nested('author'): shop.Author has no field", "'name'?"),
    ("E002", {"fields": [nested("reviews", "id", order="-strs")]}, "order: shop.Review has no", "'stars'?"),
    ("E002", {"fields": ["id", value("x", python=len, needs=["isbm"])]}, "has no field 'isbm'", "'isbn'?"),
    ("E002", {"key": "isnb"}, "key: shop.Book has no field 'isnb'", "'isbn'?"),
    ("E003", {"fields": ["tags"]}, "shop.Book.tags has no column", "nested('tags', \"id\", ...)"),
    ("E003", {"fields": [nested("autor", "id")]}, "has no field 'autor'", "'author'?"),
    ("E003", {"fields": [nested("title", "id")]}, "'title' is no relation", "Name it as a field"),
    ("E004", {"filters": ["pirce"]}, "filters: shop.Book has no field 'pirce'", "'price'?"),
    ("E004", {"filters": ["author__contry"]}, "shop.Author has no field 'contry'", "'country'?"),
    ("E004", {"filters": ["title__length"]}, "has no field 'title'", ""),
    ("E005", {"ordering": ["pubished"]}, "ordering: shop.Book has no field", "'published'?"),
    ("E005", {"ordering": ["tags__name"]}, "'tags__name' has several values a row", "aggregate"),
    ("E005", {"order": "-prise"}, "has no field 'prise'", "'price'?"),
    ("E006", {"writable": ["tilte"]}, "writable: shop.Book has no field", "'title'?"),
    ("E026", {"writable": ["reviews"]}, "shop.Book.reviews belongs to the other model", ""),
    ("E022", {"writable": "title"}, "writable = 'title' is no list", '["...", "..."]'),
    ("E007", {"search": ["price"]}, "search: 'price' is decimal", ""),
    ("E008", {"rules": {"raed": anyone}}, "no operation 'raed'", "'read'?"),
    ("E010", {"fields": ["id", "title", "id"]}, "'id' is shown twice", ""),
    ("E010", {"fields": ["id", value("n" * 64, F("id"))]}, "longer than 63 bytes", ""),
    ("E010", {"path": "a/b"}, "'a/b' cannot stand in a URL", ""),
    ("E011", {"fields": ["id", value("x", F("nothing"))]}, "Cannot resolve keyword 'nothing'", ""),
    ("E011", {"fields": ["id", value("x", F("title") + F("published"))]}, "cannot be computed", ""),
    ("E011", {"fields": ["id", value("x", Upper("tags__name"))]}, "several values a row", "nested"),
    ("E011", {"fields": ["id", value("x")]}, "an expression or a function", "python=function"),
    ("E013", {"fields": [nested("author", "id", limit=3)]}, "limit=3 suits only a relation to many", ""),
    ("E013", {"fields": [nested("tags", "id", limit=0)]}, "limit=0", ""),
    ("E020", {"fields": [nested("tags", "id", filter=Q(lable=1))]}, "Cannot resolve keyword 'lable'", ""),
    ("E021", {"key": "title"}, "shop.Book.title is not unique", ""),
    ("E022", {"fields": "id"}, "fields = 'id' is no list", 'fields = ["...", "..."]'),
    ("E022", {"rules": anyone}, "is no dict", '{"read": anyone}'),
    ("E004", {"filters": ["price__gte"]}, "'price__gte' names a lookup", "Declare 'price'"),
    ("E017", {"rules": {"read": owner("title")}}, "shop.Book.title leads to no user", "Q(...)"),
    ("E014", {"feilds": ["id"]}, "'feilds' is no attribute", "'fields'?"),
    ("E015", {"limit": 0}, "limit = 0", ""),
    ("E015", {"limit": 500}, "limit = 500, max_limit = 200", ""),
    ("E015", {"max_offset": -1}, "max_offset = -1 is below 0", ""),
    ("E015", {"paging": ["cursor", "ofset"]}, "paging: there is no kind 'ofset'", "'offset'?"),
    ("E007", {"search": ["title"], "search_with": "fultext"}, "there is no kind 'fultext'", "'fulltext'?"),
    ("E007", {"search": ["tags__name"], "search_with": "trigram"}, "'tags__name' leads to many rows", '"words"'),
    ("E023", {"groups": ["tags__name"]}, "groups: ", ""),
    ("E023", {"groups": ["pubished__year"]}, "groups: ", ""),
    ("E023", {"measures": ["prise"]}, "measures: ", "'price'?"),
    ("E023", {"measures": ["reviews__stars"]}, "measures: ", ""),
    ("E027", {"max_bulk": -1}, "max_bulk = -1 is no number of members", "0: one at a time"),
    ("E027", {"max_bulk": "100"}, "max_bulk = '100' is no number", ""),
    ("E027", {"max_bulk": True}, "max_bulk = True is no number", ""),
    (
        "E027",
        {
            "fields": ["id", value("max", F("price"))],
            "filters": ["max"],
            "max_bulk": 9,
            "rules": {"read": anyone, "delete": anyone},
        },
        "'max' would be taken for the bound",
        "max_bulk = 0",
    ),
    ("E024", {"last_modified": "title"}, "last_modified", ""),
    ("E002", {"last_modified": "prise"}, "last_modified: shop.Book has no field", "'price'?"),
    ("E017", {"rules": {"read": True}}, "True is no rule", ""),
    ("E017", {"rules": {"read": _later}}, "is async; a rule answers at once", ""),
    ("E017", {"rules": {"read": owner("usr")}}, "no path 'usr'", ""),
    (
        "E018",
        {"fields": [nested("author", "id", resource=type("Other", (Resource,), {}))]},
        "Other is not registered",
        "",
    ),
]


@pytest.mark.parametrize(("code", "attributes", "message", "hint"), CASES)
def test_a_mistake_is_named_with_the_next_step(code: str, attributes: Any, message: str, hint: str) -> None:
    """Each mistake has its code, says what was written, and hints at the nearest right name."""
    found = mistakes(Book, **attributes)
    assert [(one.id, message in one.message, hint in one.hint) for one in found] == [(f"nuages.{code}", True, True)], (
        found
    )
    assert "Wrong" in found[0].place


@pytest.mark.parametrize(
    ("model", "attributes", "code", "message"),
    [
        (Note, {"fields": [nested("about", "id")]}, "E012", "'about' is a generic foreign key"),
        (Note, {"fields": ["about"]}, "E012", "'about' is a generic foreign key"),
        (Specimen, {"filters": ["binary"]}, "E004", "'binary' is binary"),
        (Specimen, {"ordering": ["json"]}, "E005", "'json' is json"),
        (Keeper, {"filters": ["friends__nme"]}, "E004", "no field 'nme'"),
        (Specimen, {"writable": ["doubled"]}, "E026", "zoo.Specimen.doubled is computed by the database"),
        (Listing, {"writable": ["span"]}, "E026", "is a IntegerRangeField, which has no JSON"),
        (Keeper, {"writable": ["staff"]}, "E026", "zoo.Keeper.staff belongs to the other model"),
        (Keeper, {"writable": ["badge"]}, "E026", "zoo.Keeper.badge belongs to the other model"),
        (Bird, {"writable": ["meals"]}, "E026", "zoo.Bird.meals goes through a model of its own"),
        (Note, {"writable": ["about"]}, "E026", "zoo.Note.about"),
    ],
)
def test_what_a_model_cannot_give_is_named(model: Any, attributes: Any, code: str, message: str) -> None:
    """Generic foreign keys and types that cannot be compared are refused in words."""
    found = mistakes(model, **attributes)
    assert [one.id for one in found] == [f"nuages.{code}"]
    assert message in found[0].message


def test_every_mistake_is_named_at_once() -> None:
    """Three faults in two classes: three mistakes, and nothing is served."""
    api = API(title="wrong")
    api.resource(Book)(type("Books", (Resource,), {"fields": ["tilte", "prise"], "rules": {"read": anyone}}))
    api.resource(Author)(type("Authors", (Resource,), {"fields": ["id"]}))
    assert [one.id for one in api.mistakes()] == ["nuages.E002", "nuages.E002", "nuages.E001"]
    with pytest.raises(DeclarationError, match=r"nuages\.E001"):
        api.build()


def test_two_resources_cannot_share_a_path() -> None:
    """The second one is blamed."""
    api = API(title="wrong")
    for model in (Book, Author):
        api.resource(model)(type("Things", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))
    assert [(one.id, "'things' is taken" in one.message) for one in api.mistakes()] == [("nuages.E010", True)]


def test_a_mistake_says_in_which_file_and_line_its_class_stands() -> None:
    """The place is one that an editor can jump to."""
    api = API(title="wrong")

    @api.resource(Book)
    class Misspelt(Resource):
        fields = ["tittle"]
        rules = {"read": anyone}

    assert "test_mistakes.py:" in api.mistakes()[0].place
    assert api.mistakes()[0].place.endswith("Misspelt")


def test_the_system_checks_show_mistakes() -> None:
    """`manage.py check` names them with their hint, as Django's own."""
    api = API(title="wrong")
    api.resource(Book)(type("Books", (Resource,), {"fields": ["tittle"], "rules": {"read": anyone}}))
    shown = [message for message in run_checks(tags=["nuages"]) if "'tittle'" in message.msg]
    assert [(message.id, message.hint) for message in shown] == [("nuages.E002", "Did you mean 'title'?")]


def test_what_is_right_has_no_mistakes() -> None:
    """The counter-example: a resource with a bit of everything is served."""
    attributes = {
        "fields": ["id", "title", nested("author", "name"), value("tag_count", Count("tags"))],
        "filters": ["price", "author__country", "tag_count"],
        "ordering": ["price", "tag_count", "author__name"],
        "order": "-price",
        "search": ["title", "author__name"],
        "writable": ["title", "isbn", "price", "published", "in_print", "created_at", "author", "tags"],
        "requires_match": True,
        "key": "isbn",
        "_helper": 5,
    }
    assert mistakes(Book, **attributes) == []

"""The description of an API is an OpenAPI 3.1 document, says what is so, and shows nobody what is hidden from them."""

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from django.test import override_settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from nuages import API, Header, Query, Upload, anyone, nobody, owner, staff
from nuages.errors import DeclarationError
from nuages.openapi import page_answer
from shop.api import api as shop_api
from shop.models import Tag
from tests.http.acting import as_user
from tests.http.asking import ask, refusal, send, serve
from tests.http.described import demand_as_described, description, operation_of
from tests.http.writing import change
from tests.zoo.models import Specimen

SAID = {"rules": {"read": anyone, "write": anyone}}


class Line(msgspec.Struct):
    """A line of an order."""

    book: int
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1


@pytest.fixture
def open_api(settings: Any) -> API:
    """An API with one endpoint of each sort."""
    settings.DEBUG = True
    api = serve(specimens=(Specimen, {**SAID, "fields": ["id", "integer", "decimal", "time"], "writable": ["integer"]}))

    @api.post("/lines/{shelf}", rule=anyone, status=201)
    def add(shelf: int, line: Line, x_trace: Annotated[str, Header()] = "", most: int | None = None) -> Line:
        """Add a line.

        To the shelf of this number.
        """
        return line

    @api.post("/covers", rule=anyone)
    def cover(image: Upload, tags: Annotated[list[str], Query()]) -> None: ...

    return api


def test_the_shops_is_an_openapi_document(settings: Any) -> None:
    """By the schema of OpenAPI 3.1, with every reference in its place and every operationId once."""
    settings.DEBUG = True
    document = description(shop_api)
    OpenAPIV31SpecValidator(document).validate()
    operations = [each for path in document["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    assert document["servers"] == [{"url": "/"}]


def test_everything_that_is_served_is_described() -> None:
    """But for QUERY, of which OpenAPI 3.1 knows nothing, the description itself, and its page."""
    with override_settings(DEBUG=True):
        document = ask(shop_api, "/openapi.json", **as_nobody())
    served = {(method.lower(), path) for method, path, _ in shop_api.build().pipeline.targets if method != "QUERY"}
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert {path for _, path in served - described} == {"/openapi.json", "/docs", page_answer.FILES}
    assert described <= served


def as_nobody() -> dict[str, str]:
    """The headers of nobody."""
    return {}


@pytest.mark.usefixtures("shop")
def test_answers_are_as_described(settings: Any) -> None:
    """Pages, members, changes and refusals of the shop, on both databases."""
    settings.DEBUG = True
    ann, sam = as_user("ann"), as_user("sam")
    document = description(shop_api, **sam)
    for name in ("books", "reviews", "authors", "publishers", "tags", "orders"):
        for path in (f"/{name}?limit=50&count=exact", f"/{name}?limit=0", f"/{name}/1", f"/{name}/999999"):
            demand_as_described(document, "GET", path.partition("?")[0], send(shop_api, path, **sam))
    sent = [
        ("POST", "/reviews", {"book": 1, "user_name": "Ann", "stars": 5, "body": "Good."}, ann),
        ("POST", "/reviews", {"book": 1, "stars": "many"}, ann),
        ("POST", "/reviews", {}, {}),
        ("PATCH", "/reviews/1", {"stars": 4}, ann),
        ("DELETE", "/reviews/1", None, ann),
        ("POST", "/tags", {"name": "Nouvelle"}, ann),
        ("POST", "/orders", {"items": [{"book": 1, "quantity": 1}]}, ann),
    ]
    for method, path, body, who in sent:
        demand_as_described(document, method, path, change(shop_api, method, path, body, **who))
    for path in ("/", "/stats?country=FR", "/auth/session", "/stats?county=FR"):
        demand_as_described(document, "GET", path.partition("?")[0], send(shop_api, path))


@pytest.mark.usefixtures("shop")
def test_a_hidden_member_is_in_nobodys_description_but_theirs_who_see_it(settings: Any) -> None:
    """Neither among the properties, nor the filters, nor the orders, nor what may be sent."""
    settings.DEBUG = True
    for who, sees in ((as_nobody(), False), (as_user("ann"), False), (as_user("sam"), True)):
        document = description(shop_api, **who)
        assert ("cost" in json.dumps(document)) is sees
        assert ("cost" in document["components"]["schemas"]["Books"]["properties"]) is sees


@pytest.mark.usefixtures("shop")
def test_without_debug_staff_alone_read_it(settings: Any) -> None:
    """Unless `docs` says who."""
    closed = serve(tags=(Tag, {"fields": ["id"]}))
    assert refusal(closed, "/openapi.json")[0] == 401
    assert refusal(closed, "/openapi.json", **as_user("ann"))[0] == 403
    assert send(closed, "/openapi.json", **as_user("sam")).status == 200
    for rule, status in ((anyone, 200), (nobody, 401)):
        api = API(title="Open or not", docs=rule)
        assert send(api, "/openapi.json").status == status


def test_it_is_asked_for_again_by_its_tag(open_api: API) -> None:
    """304 where it is as it was; a parameter is refused."""
    first = send(open_api, "/openapi.json")
    assert len([name for name, _ in first.headers if name == "ETag"]) == 1
    assert send(open_api, "/openapi.json", if_none_match=first.header("ETag") or "").status == 304
    assert refusal(open_api, "/openapi.json?x=1")[0] == 400


def test_a_function_is_described_by_its_signature(open_api: API) -> None:
    """Its places, bounds, defaults, its words, its body and its answer."""
    document = description(open_api)
    OpenAPIV31SpecValidator(document).validate()
    add = operation_of(document, "POST", "/lines/7")
    assert (add["operationId"], add["summary"], add["description"]) == (
        "add",
        "Add a line",
        "To the shelf of this number.",
    )
    parameters = {each["name"]: (each["in"], each["required"], each["schema"]) for each in add["parameters"][:3]}
    assert parameters == {
        "shelf": ("path", True, {"type": "integer"}),
        "most": ("query", False, {"type": "integer"}),
        "x-trace": ("header", False, {"type": "string", "default": ""}),
    }
    reference = {"$ref": "#/components/schemas/Line"}
    assert add["requestBody"] == {"required": True, "content": {"application/json": {"schema": reference}}}
    assert add["responses"]["201"]["content"]["application/json"]["schema"] == reference
    quantity = document["components"]["schemas"]["Line"]["properties"]["quantity"]
    assert (quantity["minimum"], quantity["maximum"], quantity["default"]) == (1, 100, 1)
    cover = operation_of(document, "POST", "/covers")
    assert list(cover["requestBody"]["content"]) == ["multipart/form-data"]
    assert next(iter(cover["responses"])) == "204"


def test_what_a_column_takes_is_said(open_api: API) -> None:
    """Kinds, bounds, what must be there, and the lookups of a filter."""
    document = description(
        serve(
            specimens=(Specimen, {**SAID, "fields": ["id"], "writable": ["char", "decimal"], "filters": ["datetime"]})
        )
    )
    created = document["components"]["schemas"]["SpecimensCreate"]
    assert created["additionalProperties"] is False
    assert created["properties"]["char"]["maxLength"] == Specimen._meta.get_field("char").max_length
    parameters = {each["name"]: each for each in operation_of(document, "GET", "/specimens")["parameters"]}
    assert parameters["datetime__gte"]["schema"] == {"type": "string", "format": "date-time"}
    assert parameters["datetime__year"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 9999}
    assert (parameters["datetime__in"]["schema"]["type"], parameters["datetime__in"]["explode"]) == ("array", False)


def test_ways_of_proving_are_security_schemes(settings: Any) -> None:
    """What is open needs none; a session changes nothing without its token."""
    settings.DEBUG = True
    document = description(shop_api)
    assert set(document["components"]["securitySchemes"]) == {"bearer", "session", "csrf", "apiKey"}
    assert operation_of(document, "GET", "/books")["security"][0] == {}
    demanded = operation_of(document, "POST", "/books")["security"]
    assert {} not in demanded
    assert {"session": [], "csrf": []} in demanded


@pytest.mark.parametrize(("docs", "said"), [("staff", "is no rule"), (owner("user"), "is about rows")])
def test_a_wrong_rule_is_a_mistake(docs: Any, said: str) -> None:
    """Told at start-up, with its place."""
    api = API(title="Wrong", docs=docs)
    with pytest.raises(DeclarationError) as caught:
        api.build()
    [mistake] = caught.value.mistakes
    assert mistake.id == "nuages.E079"
    assert said in mistake.message


def test_an_authors_own_stays() -> None:
    """Whoever has a description of their own at that path keeps it."""
    api = API(title="Own", docs=staff)

    @api.get("/openapi.json", rule=anyone)
    def mine() -> dict[str, str]:
        return {"openapi": "mine"}

    assert ask(api, "/openapi.json") == {"openapi": "mine"}


def test_the_page_and_its_files(open_api: API) -> None:
    """HTML under a policy that lets nothing else in; files under names that may be kept for ever, packed or not."""
    page = send(open_api, "/docs", accept="text/html")
    assert (page.status, page.header("Content-Type")) == (200, "text/html; charset=utf-8")
    assert (page.header("Content-Security-Policy") or "").startswith("default-src 'none'; script-src 'self';")
    places = re.findall(r'(?:href|src)="(/docs/[^"]+)"', page.body.decode())
    assert len(places) == 4
    for place in places:
        plain, packed = send(open_api, place), send(open_api, place, accept_encoding="br, gzip")
        assert "immutable" in (plain.header("Cache-Control") or "")
        assert gzip.decompress(packed.body) == plain.body
        assert (plain.header("Vary") or "").startswith("Accept-Encoding")
    assert refusal(open_api, f"{places[0]}x")[0] == 404


def test_the_page_is_as_closed_as_what_it_shows(settings: Any) -> None:
    """What it is made of is no secret."""
    api = API(title="<b>Closed</b>", docs=nobody)
    assert send(api, "/docs", accept="text/html").status == 401
    assert send(api, page_answer.FILES.replace("{name}", "docs.js")).status == 200
    shown = send(API(title="<b>Open</b>", docs=anyone), "/docs")
    assert b"&lt;b&gt;Open" in shown.body
    assert b"<b>" not in shown.body


def test_what_is_not_ours_is_what_it_was() -> None:
    """By the sums that stand beside it."""
    page = Path(page_answer.__file__).parent / "page"
    said = re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", (page / "VENDORED.md").read_text(), re.MULTILINE)
    assert len(said) == 2
    for name, total in said:
        assert hashlib.sha256((page / name).read_bytes()).hexdigest() == total

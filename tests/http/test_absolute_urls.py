"""Links are paths unless NUAGES_ABSOLUTE_URLS asks for whole URLs; in the body and in the Link header alike."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from nuages import API
from nuages.http.request import Request
from tests.http.asking import ask, send, serve
from tests.zoo.models import Specimen

ATTRIBUTES: dict[str, Any] = {
    "fields": ["id"],
    "paging": ["cursor", "offset"],
    "ordering": ["char"],
    "groups": ["char"],
}


@pytest.fixture
def api(database: Any) -> API:
    """Nine rows."""
    Specimen.objects.bulk_create(Specimen(id=n, char=f"{n}") for n in range(9))
    return serve(specimens=(Specimen, ATTRIBUTES))


def _links(response: Any) -> dict[str, str]:
    return {name: url for url, name in re.findall(r'<([^>]+)>; rel="(\w+)"', response.header("Link") or "")}


@pytest.mark.parametrize("question", ["limit=2", "limit=2&offset=2", "limit=2&group=char", "limit=2&order=-char"])
@pytest.mark.parametrize("is_absolute", [False, True])
def test_both_links_stand_in_body_and_header(is_absolute: bool, question: str, api: API) -> None:
    """And lead to the same pages."""
    with override_settings(NUAGES_ABSOLUTE_URLS=is_absolute):
        api = serve(specimens=(Specimen, ATTRIBUTES))
        origin = "http://shop.example" if is_absolute else ""
        first = ask(api, f"/specimens?{question}", host="shop.example")
        url = first["next"].removeprefix(origin)
        response, page = send(api, url, host="shop.example"), ask(api, url, host="shop.example")
        assert _links(response) == {"next": page["next"], "previous": page["previous"]}
        for link in _links(response).values():
            assert link.startswith(f"{origin}/specimens?limit=2&")
        back = ask(api, page["previous"].removeprefix(origin), host="shop.example")
        assert back["items"] == first["items"]


@pytest.mark.parametrize(
    ("host", "secure", "origin"),
    [
        ("shop.example", True, "https://shop.example"),
        ("shop.example:443", True, "https://shop.example"),
        ("shop.example:80", False, "http://shop.example"),
        ("shop.example:8443", True, "https://shop.example:8443"),
        ("[::1]:8000", False, "http://[::1]:8000"),
        ("", True, ""),
        ("evil>; rel=x, <a", True, ""),
        ("a\r\nX-Evil: 1", True, ""),
        ("user@evil.example", True, ""),
        ("evil.example/path", True, ""),
    ],
)
@override_settings(NUAGES_ABSOLUTE_URLS=True)
def test_the_origin_is_the_clients(host: str, secure: bool, origin: str, api: API) -> None:
    """Scheme, host and port; nothing of a host that is none gets into a link or a header."""
    api = serve(specimens=(Specimen, ATTRIBUTES))
    response = api.handle(Request("GET", "/specimens", "limit=2", {}, prefix="/api", secure=secure, host=host))
    assert response.status == 200
    assert _links(response)["next"].startswith(f"{origin}/api/specimens?limit=2&cursor=")
    assert not any("evil" in value.lower() or "\n" in value for _, value in response.headers)


@override_settings(ALLOWED_HOSTS=["shop.example"])
def test_a_foreign_host_is_no_ones(database: Any) -> None:
    """Through Django's own handler: a host that is not allowed gets no answer with it in."""
    Specimen.objects.bulk_create(Specimen(id=n) for n in range(3))
    answer = Client().get("/zoo/specimens?limit=1", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert b"evil.example/zoo" not in answer.content
    answer = Client().get("/zoo/specimens?limit=1", headers={"host": "shop.example"})
    assert answer.json()["next"].startswith("/zoo/specimens?limit=1&cursor=")


def test_a_list_on_one_page_has_no_link(api: API) -> None:
    """And no header."""
    assert send(api, "/specimens").header("Link") is None
    assert send(api, "/specimens?offset=0").header("Link") in (None, "")

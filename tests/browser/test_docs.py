"""The page of a description: it loads from its own host alone, logs its reader in, and sends what they try."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site


@pytest.fixture
def asked(page: Page, site: Site) -> list[Any]:
    """What the page asks for; nothing may be asked of another host, and nothing may be complained of."""
    found: list[Any] = []
    complaints: list[str] = []
    page.on("request", lambda request: found.append(request))  # noqa: PLW0108  # it wants a function to mark
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.goto(f"{site.shop}/api/docs")
    expect(page.locator("#operations-books-books_list")).to_be_visible()
    hosts = {urlsplit(each.url).netloc for each in found if each.url.startswith("http")}
    assert hosts == {urlsplit(site.shop).netloc}
    assert complaints == []
    return found


def _try(page: Page, name: str) -> Any:
    """Open an operation and send it as it stands; what it answered."""
    block = page.locator(f"#operations-books-{name}")
    block.locator(".opblock-summary-control").first.click()
    block.get_by_role("button", name="Try it out").click()
    with page.expect_response(lambda response: urlsplit(response.url).path == "/api/books") as caught:
        block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    return json.loads(caught.value.text())


def test_a_reader_sends_a_request_and_takes_it_along(page: Page, asked: list[Any]) -> None:
    """As curl, as Python, as JavaScript, each with what was asked."""
    found = _try(page, "books_list")
    assert "cost" not in found["items"][0]
    block = page.locator("#operations-books-books_list")
    for title, said in (("curl", "curl -X 'GET'"), ("Python", "httpx.request("), ("JavaScript", "await fetch(")):
        block.locator(".curl-command .btn").filter(has_text=title).click()
        expect(block.locator(".curl-command")).to_contain_text(said)
        expect(block.locator(".curl-command")).to_contain_text("/api/books")


def test_who_logs_in_sees_what_is_theirs(page: Page, site: Site, asked: list[Any]) -> None:
    """A wrong password is said; a librarian sees what books cost, in the description and in what is answered."""
    for password, said in (("wrong", "password is wrong"), (site.password, "Requests are sent as ada")):
        page.get_by_role("textbox", name="User name").fill("ada")
        page.get_by_role("textbox", name="Password").fill(password)
        page.get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text(said)
    assert "cost" in _try(page, "books_list")["items"][0]


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits(page: Page, asked: list[Any], width: int) -> None:
    """Nothing but what scrolls itself is wider than the window."""
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""A login by another provider, in a browser: the upstream shop asks, the branch has tokens of its own that work."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site


def _begin(page: Page, site: Site, branch: str, name: str = "ben") -> None:
    """Go from the branch to the shop's question."""
    page.goto(f"{branch}/start/")
    page.get_by_role("button", name="Log in with the bookshop").click()
    assert page.url.startswith(site.shop)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()


def test_a_login_by_another_shop_ends_with_tokens_that_work(page: Page, site: Site, branch: str) -> None:
    """They are used, refreshed and logged out by the page itself."""
    _begin(page, site, branch)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_have_text("tokens 200, orders 200, refresh 200, logout 204, orders 401")
    assert page.url == f"{branch}/welcome/"


def test_a_refused_login_ends_without_a_session(page: Page, site: Site, branch: str) -> None:
    """The page that is shown has no session to exchange."""
    _begin(page, site, branch, "cleo")
    page.get_by_role("button", name="Deny").click()
    expect(page).to_have_url(re.compile("error="))
    page.goto(f"{branch}/welcome/")
    expect(page.get_by_role("status")).to_have_text("tokens 401")


def test_the_answer_to_another_browser_lets_nobody_in(
    page: Page, chromium: Browser, site: Site, branch: str
) -> None:  # O11: the state is of another session
    """A code that somebody got for himself, carried into another's browser."""
    context = chromium.new_context()
    attacker = context.new_page()
    _begin(attacker, site, branch)
    form = {"csrfmiddlewaretoken": attacker.locator("[name=csrfmiddlewaretoken]").input_value(), "answer": "allow"}
    headers = {"Origin": site.shop, "Referer": attacker.url}
    answer = context.request.post(attacker.url, form=form, headers=headers, max_redirects=0)
    link = answer.headers["location"]
    assert link.startswith(branch)
    assert "code=" in link
    context.close()
    page.goto(link)
    assert "error=" in page.url
    page.goto(f"{branch}/welcome/")
    expect(page.get_by_role("status")).to_have_text("tokens 401")

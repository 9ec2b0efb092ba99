"""Somebody else's app, in a browser: consent, token, call, refresh, revoke; the app never sees the password."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site


def _connect(page: Page, site: Site, name: str = "ben") -> None:
    page.goto(site.app)
    page.get_by_role("link", name="Connect with the bookshop").click()
    if page.get_by_label("Username").is_visible():
        assert page.url.startswith(site.shop)
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(site.password)
        page.get_by_role("button", name="Log in").click()


def _press(page: Page, name: str) -> str:
    page.get_by_role("button", name=name).click()
    return page.get_by_role("status").inner_text()


def test_a_reader_lets_an_app_in_and_out_again(page: Page, site: Site) -> None:
    """Redirects, login, consent, token, call, refresh and revocation all work, and after it nothing does."""
    _connect(page, site)
    expect(page.get_by_text("See your orders")).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_have_text("The bookshop lets this app read your orders.")
    assert page.url == f"{site.app}/"
    first = page.locator("dd").first.inner_text()
    assert _press(page, "Read my orders") == "Read."
    expect(page.locator("#orders")).to_be_visible()
    assert _press(page, "Refresh") == "Refreshed: both tokens are new."
    assert page.locator("dd").first.inner_text() != first
    assert _press(page, "Revoke").startswith("Revoked")
    assert "401" in _press(page, "Read my orders")
    assert "invalid_grant" in _press(page, "Refresh")


def test_a_reader_who_refuses_gives_no_token(page: Page, site: Site) -> None:
    """The app hears `access_denied`, and has nothing."""
    _connect(page, site, "cleo")
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("status")).to_have_text("The bookshop says: access_denied.")
    expect(page.get_by_role("button", name="Read my orders")).to_have_count(0)


def test_an_answer_to_no_question_is_refused(page: Page, site: Site) -> None:
    """A link with a code, sent by somebody else, connects nobody (RFC 9700 section 4.7)."""
    page.goto(f"{site.app}/callback?code=somebody-elses&state=guessed&iss={site.shop}/oauth")
    expect(page.get_by_role("status")).to_have_text("This is not the answer to a question of yours.")


def test_the_consent_of_another_page_counts_for_nothing(page: Page, site: Site) -> None:
    """The consent page stands in no frame (RFC 9700 section 4.16)."""
    page.goto(site.app)
    consent = f"{site.shop}/oauth/authorize/?response_type=code&client_id=reading-list"
    answer = page.request.get(consent, max_redirects=0)
    assert "frame-ancestors 'none'" in answer.headers.get("content-security-policy", "")
    assert answer.headers.get("x-frame-options") == "DENY"

"""A real browser makes a passkey and logs in with it, beside the password and in its place; a virtual authenticator."""

from typing import Any

import pytest
from playwright.sync_api import Error, Page

from tests.browser.conftest import PASSWORD

# What a page of a frontend does. Bodies and answers are those of docs/reference/second-factor.md.
_SCRIPT = """
window.call = async (path, document, token) => {
  const headers = {"Content-Type": "application/json", ...(token ? {Authorization: `Bearer ${token}`} : {})};
  const body = document === undefined ? undefined : JSON.stringify(document);
  if (body === undefined) delete headers["Content-Type"];
  const answer = await fetch(`/api/auth/${path}`, {method: "POST", headers, body, credentials: "omit"});
  const text = await answer.text();
  return {status: answer.status, document: text ? JSON.parse(text) : null};
};
window.enrol = async (token, begin) => {
  const offered = (await call("factors/passkeys", begin ?? undefined, token)).document;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(offered.options);
  const made = await navigator.credentials.create({publicKey});
  const passkey = made.toJSON();
  return call("factors/passkeys", {enrolment: offered.enrolment, passkey, name: "Laptop"}, token);
};
window.sign = async (offered) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(offered.options);
  const got = await navigator.credentials.get({publicKey});
  return {ceremony: offered.ceremony, passkey: got.toJSON()};
};
"""


def _open(page: Page, branch: str, *, verified: bool = True) -> Any:
    """A page of the branch, with an authenticator in the machine; gives what the authenticator is driven by."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(f"{branch}/start/".replace("127.0.0.1", "localhost"))
    page.evaluate(f"() => {{{_SCRIPT}}}")
    return session


def _call(page: Page, path: str, document: Any = None, token: str | None = None) -> Any:
    return page.evaluate(
        "([path, document, token]) => call(path, document ?? undefined, token)", [path, document, token]
    )


def _sign(page: Page, offered: Any) -> Any:
    return page.evaluate("offered => sign(offered)", offered)


def _enrolled(page: Page, name: str, begin: Any) -> dict[str, str]:
    """Let a reader have a passkey; gives name and password."""
    named = {"username": name, "password": PASSWORD}
    token = _call(page, "token", named)["document"]["access_token"]
    made = page.evaluate("([token, begin]) => enrol(token, begin)", [token, begin])
    assert made["status"] == 201, made
    assert len(made["document"]["recovery_codes"]) == 10
    return named


def _works(page: Page, branch: str, token: str) -> bool:
    answer = page.request.get(f"{branch}/api/orders", headers={"Authorization": f"Bearer {token}"})
    return answer.status == 200


def test_a_passkey_beside_the_password(page: Page, branch: str) -> None:
    """Enrolled, asked for after the password, and ending with tokens that work; the answer counts once."""
    _open(page, branch)
    named = _enrolled(page, "dora", None)
    asked = _call(page, "token", named)
    assert (asked["status"], asked["document"]["type"]) == (401, "urn:nuages:problem:second-factor-required")
    signed = _sign(page, asked["document"]["passkey"])
    entered = _call(page, "token", {**named, **signed})
    assert entered["status"] == 200, entered
    assert _works(page, branch, entered["document"]["access_token"])
    assert _call(page, "token", {**named, **signed})["status"] == 401
    assert _call(page, "refresh", {"refresh_token": entered["document"]["refresh_token"]})["status"] == 200


def test_a_passkey_in_place_of_the_password(page: Page, branch: str) -> None:
    """The browser finds it by itself; afterwards it proves anew who is there, and a stolen answer lets nobody in."""
    _open(page, branch)
    _enrolled(page, "emil", {"passwordless": True})
    signed = _sign(page, _call(page, "passkey")["document"])
    entered = _call(page, "token", signed)
    assert entered["status"] == 200, entered
    access = entered["document"]["access_token"]
    assert _works(page, branch, access)
    assert _call(page, "token", signed)["status"] == 401
    anew = _call(page, "verify", _sign(page, _call(page, "passkey", None, access)["document"]), access)
    assert anew["status"] == 200, anew
    assert _works(page, branch, anew["document"]["access_token"])
    codes = _call(page, "factors/recovery-codes", None, anew["document"]["access_token"])  # wants a fresh proof
    assert codes["status"] == 201, codes


def test_a_page_elsewhere_gets_nothing_from_it(page: Page, branch: str) -> None:
    """The browser keeps passkeys from other hosts; at another port it signs, names that port, and is refused."""
    _open(page, branch)
    _enrolled(page, "finn", {"passwordless": True})
    stolen = page.request.post(f"{branch}/api/auth/passkey").json()
    page.route("http://localhost:1/", lambda route: route.fulfill(body="<!doctype html><title>Elsewhere</title>"))
    page.goto("http://localhost:1/")
    page.evaluate(f"() => {{{_SCRIPT}}}")
    answer = page.request.post(f"{branch}/api/auth/token", data=_sign(page, stolen))
    assert (answer.status, answer.json()["type"]) == (401, "urn:nuages:problem:invalid-credentials")
    elsewhere = {**stolen, "options": {**stolen["options"], "rpId": "shop.example"}}
    with pytest.raises(Error, match="SecurityError"):
        _sign(page, elsewhere)

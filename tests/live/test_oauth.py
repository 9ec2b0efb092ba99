"""A provider in a process of its own, with authlib and joserfc as the app that relies on it."""

import httpx
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.live.relying import CALLBACK, Provider, answered


def test_an_app_gets_through_the_whole_flow(provider: Provider) -> None:
    """Discovery, consent with PKCE, ID token, user information, refresh, introspection, revocation."""
    app = provider["confidential"]
    found = httpx.get(f"{provider.issuer}/.well-known/openid-configuration").json()
    client = OAuth2Session(app.client_id, app.secret, redirect_uri=CALLBACK, code_challenge_method="S256")
    verifier = "x" * 64
    url, state = client.create_authorization_url(
        found["authorization_endpoint"], code_verifier=verifier, nonce="once", scope="openid profile email books:read"
    )
    with provider.browser() as browser:
        page = browser.client.get(url)
        assert page.status_code == 200
        form = {"csrfmiddlewaretoken": page.text.split('csrfmiddlewaretoken" value="')[1].split('"')[0]}
        back = browser.client.post(url, data={**form, "answer": "allow"})
    got = answered(back)
    assert (got["iss"], got["state"], back.status_code) == (provider.issuer, state, 303)
    tokens = client.fetch_token(
        found["token_endpoint"], authorization_response=back.headers["location"], state=state, code_verifier=verifier
    )
    keys = KeySet.import_key_set(httpx.get(found["jwks_uri"]).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=found["id_token_signing_alg_values_supported"]).claims
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": app.client_id},
        nonce={"essential": True, "value": "once"},
        exp={"essential": True},
    )
    registry.validate(claims)
    assert (claims["preferred_username"], claims["email"]) == ("ada", "ada@shop.example")
    told = client.get(found["userinfo_endpoint"]).json()
    assert (told["sub"], told["given_name"]) == (claims["sub"], "Ada")
    asked = client.introspect_token(found["introspection_endpoint"], tokens["access_token"]).json()
    assert (asked["active"], asked["username"], asked["client_id"]) == (True, "ada", app.client_id)
    renewed = client.refresh_token(found["token_endpoint"])
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert provider.introspect(app, tokens["access_token"]) == {"active": False}
    assert client.revoke_token(found["revocation_endpoint"], renewed["refresh_token"]).status_code == 200
    assert provider.introspect(app, renewed["access_token"]) == {"active": False}
    client.close()
    assert provider.refresh(app, renewed["refresh_token"]).json()["error"] == "invalid_grant"

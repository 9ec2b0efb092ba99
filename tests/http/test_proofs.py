"""A token and a session say when and how their user proved who they are; on both databases."""

import json
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from nuages import API, ApiKey, Bearer, Principal, Resource, Session, authenticated
from nuages.http.request import Request
from nuages.identify.api_key import make_key
from nuages.identify.compact import take_apart
from nuages.identify.proofs import Proof
from nuages.models import Login
from shop.models import Tag
from tests.http.entering import PASSWORD, log_in, make_user, refreshed

LONG_AGO_S = 1_000_000_000


class Told:
    """An API that notes who asks."""

    def __init__(self) -> None:
        self.api = API(title="Told", authenticate=[Bearer(), ApiKey(), Session()])
        self.seen: list[Principal] = []

        def note(principal: Principal) -> bool:
            self.seen.append(principal)
            return True

        self.api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": authenticated & note}}))

    def proof(self, **headers: str) -> Proof | None:
        """The proof of whoever asks."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        assert self.api.handle(Request("GET", "/tags", "", named, host="testserver")).status == 200
        return self.seen[-1].proof


@pytest.fixture
def told(database: Any) -> Told:
    """An API, and ann."""
    make_user()
    return Told()


def is_now(proof: Proof | None) -> bool:
    """Whether a proof is of this minute."""
    return proof is not None and 0 <= time.time() - proof.at_s < 60


def test_a_login_says_when_and_how(told: Told) -> None:
    """auth_time in whole seconds, amr as words; the row has the same."""
    token = log_in(told.api)["access_token"]
    claims = take_apart(token).claims
    assert type(claims["auth_time"]) is int
    assert claims["amr"] == ["pwd"]
    proof = told.proof(authorization=f"Bearer {token}")
    assert is_now(proof)
    assert proof == Proof(claims["auth_time"], ("pwd",))
    row = Login.objects.get()
    assert (int(row.verified_at.timestamp()), row.methods) == (claims["auth_time"], "pwd")


def test_a_refresh_proves_nothing(told: Told) -> None:
    """The next token says what the login knows, also where the answer is given again."""
    first = log_in(told.api)["refresh_token"]
    Login.objects.update(verified_at="2001-09-09T01:46:40Z")
    for _ in range(2):
        claims = take_apart(refreshed(told.api, first)["access_token"]).claims
        assert (claims["auth_time"], claims["amr"]) == (LONG_AGO_S, ["pwd"])


def test_a_login_of_before_says_nothing(told: Told) -> None:
    """No claim, no proof; it goes on."""
    first = log_in(told.api)["refresh_token"]
    Login.objects.update(verified_at=None)
    token = refreshed(told.api, first)["access_token"]
    assert not {"auth_time", "amr"} & take_apart(token).claims.keys()
    assert told.proof(authorization=f"Bearer {token}") is None


def test_an_api_key_proves_nothing(told: Told) -> None:
    """However fresh it is."""
    _, key = make_key(User.objects.get(), "robot")
    assert told.proof(x_api_key=key) is None


def test_a_session_knows_when_it_began(told: Told) -> None:
    """Whoever logged the user in, by Django's own signal."""
    client = Client()
    assert client.login(username="ann", password=PASSWORD)
    assert is_now(told.proof(cookie=f"sessionid={client.cookies['sessionid'].value}"))


@pytest.mark.parametrize(
    ("kept", "at_s"),
    [
        ({"nuages.proof": None}, None),
        ({"nuages.proof": {"at": "now"}}, None),
        ({"nuages.proof": {"at": True}}, None),
        ({"nuages.proof": {"at": 5, "methods": ["pwd"]}}, 5),
        ({"account_authentication_methods": [{"method": "password", "at": 7.5, "reauthenticated": True}]}, 7),
        ({"account_authentication_methods": [{"method": "password", "at": 7.5}]}, None),
        ({"account_authentication_methods": [{"method": "mfa", "at": "x", "reauthenticated": True}, 3]}, None),
        ({"account_authentication_methods": "nonsense"}, None),
        ({
            "nuages.proof": {"at": 5},
            "account_authentication_methods": [{"method": "mfa", "at": 9, "reauthenticated": True}],
        }, 9),
    ],
)  # fmt: skip
def test_what_allauth_notes_counts_too(told: Told, kept: dict[str, Any], at_s: int | None) -> None:
    """A proof that its pages asked for anew; the last one counts, and what is none is passed over."""
    client = Client()
    client.login(username="ann", password=PASSWORD)
    store = SessionStore(client.cookies["sessionid"].value)
    del store["nuages.proof"]
    store.update({"account_authentication_methods_user": str(User.objects.get().pk), **kept})
    store.save()
    proof = told.proof(cookie=f"sessionid={store.session_key}")
    assert (proof.at_s if proof else None) == at_s


def test_what_allauth_notes_of_another_user_does_not_count(told: Told) -> None:
    """It keeps records across users."""
    client = Client()
    client.login(username="ann", password=PASSWORD)
    store = SessionStore(client.cookies["sessionid"].value)
    del store["nuages.proof"]
    records = [{"method": "password", "at": 7, "reauthenticated": True}]
    store.update({"account_authentication_methods_user": "0", "account_authentication_methods": records})
    store.save()
    assert told.proof(cookie=f"sessionid={store.session_key}") is None


@pytest.mark.parametrize("claim", ["auth_time", "amr"])
def test_an_authors_claims_prove_nothing(database: Any, claim: str) -> None:
    """Whoever sets them by `claims` is told, and no token is made."""
    api = API(title="Told", authenticate=[Bearer(claims=lambda _: {claim: 1})])
    make_user()
    body = json.dumps({"username": "ann", "password": PASSWORD}).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    request = Request("POST", "/auth/token", "", headers, host="testserver", read=lambda size: body[:size])
    assert api.handle(request).status == 500

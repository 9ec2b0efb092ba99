"""A project's clients may know another word than Bearer before their tokens."""

import json
from typing import Any

import pytest

from nuages import API, Bearer, OAuth, Resource, scope, verified
from nuages.errors import DeclarationError
from nuages.http.response import Response
from shop.models import Tag
from tests.http.asking import send
from tests.http.bearer_door import Door, make_login
from tests.http.entering import PASSWORD, make_user, post
from tests.http.forging import SECRET

pytestmark = pytest.mark.usefixtures("no_token_key")


@pytest.fixture
def door(database: Any, settings: Any) -> Door:
    """Whose word is Token."""
    settings.NUAGES_TOKEN_KEY = SECRET
    return Door(Bearer(scheme="Token"))


@pytest.fixture
def text(door: Door) -> str:
    """A token of a user."""
    user = make_user()
    return door.bearer.issue(user, str(make_login(user).pk))[0]


def _challenge(response: Response) -> tuple[int, str | None]:
    return response.status, response.header("WWW-Authenticate")


def test_its_own_word_is_taken_and_no_other(door: Door, text: str) -> None:
    """In any case, as RFC 9110 section 11.1 has it; another word is another credential, which nobody reads."""
    for word in ("Token", "token", "TOKEN"):
        assert door.ask(f"{word} {text}").status == 200
    for other in (f"Bearer {text}", f"Tokens {text}", f"Toke {text}", text):
        assert _challenge(door.ask(other)) == (401, 'Token realm="api"')
        assert door.ask(other, "/tags").status == 200


def test_its_word_stands_in_every_challenge(door: Door, text: str) -> None:
    """Of nobody, of a bad token, of two, of one with too little scope or too old a proof."""
    assert _challenge(door.ask(None)) == (401, 'Token realm="api"')
    assert _challenge(door.ask(f"Token {text[:-2]}", "/tags")) == (401, 'Token error="invalid_token"')
    assert _challenge(door.ask("Token", "/tags")) == (401, 'Token error="invalid_token"')
    assert _challenge(door.ask(f"Token {text}, Token {text}")) == (400, 'Token error="invalid_request"')
    assert door.ask(f"Basic {text}, Token {text}").status == 400
    api = API(title="Shop", authenticate=[bearer := Bearer(scheme="Token", claims=lambda _: {"scope": "less"})])
    for name, rule in (("wide", scope("more")), ("late", verified(within="15min"))):
        api.resource(Tag)(type(name, (Resource,), {"path": name, "fields": ["id"], "rules": {"read": rule}}))
    api.build()
    user = make_user("bob")
    own = f"Token {bearer.issue(user, str(make_login(user).pk))[0]}"
    assert _challenge(send(api, "/wide", authorization=own)) == (
        403,
        'Token error="insufficient_scope", scope="more"',
    )
    assert _challenge(send(api, "/late", authorization=own)) == (
        401,
        'Token error="insufficient_user_authentication", max_age="900"',
    )


def test_a_login_names_it(door: Door, text: str) -> None:
    """As the type of the token (RFC 6749 section 5.1), at first and after a refresh."""
    tokens = json.loads(post(door.api, "token", {"username": "ann", "password": PASSWORD}).body)
    again = json.loads(post(door.api, "refresh", {"refresh_token": tokens["refresh_token"]}).body)
    proved = post(door.api, "verify", {"password": PASSWORD}, authorization=f"Token {again['access_token']}")
    assert [each["token_type"] for each in (tokens, again, json.loads(proved.body))] == ["Token"] * 3


def test_ways_of_other_words_stand_beside_it(database: Any, settings: Any) -> None:
    """Each gets what comes after its word; the tokens of one word still go by their form."""
    settings.NUAGES_TOKEN_KEY = SECRET
    token, plain = Bearer(scheme="Token", login=False), Bearer()
    api = API(title="Shop", authenticate=[token, OAuth(), plain])
    api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": lambda who: who.is_known}}))
    api.build()
    user = make_user()
    text = plain.issue(user, str(make_login(user).pk))[0]
    for word in ("Token", "Bearer"):
        assert send(api, "/tags", authorization=f"{word} {text}").status == 200
        refused = send(api, "/tags", authorization=f"{word} {'x' * 30}")
        assert _challenge(refused) == (401, f'{word} error="invalid_token"')
    assert _challenge(send(api, "/tags")) == (401, 'Token realm="api", Bearer realm="api"')


@pytest.mark.parametrize("word", ["", "a b", "Tokén", "Token:", "x" * 41, 7, None, "Basic", "API-KEY", "Token\n"])
def test_a_wrong_word_is_refused_at_start(word: Any, settings: Any) -> None:
    """Closed by default: nothing is served with it."""
    settings.NUAGES_TOKEN_KEY = SECRET
    with pytest.raises(DeclarationError) as caught:
        API(title="Shop", authenticate=[Bearer(scheme=word)]).build()
    (mistake,) = caught.value.mistakes
    assert (mistake.id, mistake.place) == ("nuages.E073", "API(title='Shop'), Bearer")
    assert repr(word) in mistake.message
    assert mistake.hint == 'Write Bearer(scheme="Token"), or leave scheme out.'

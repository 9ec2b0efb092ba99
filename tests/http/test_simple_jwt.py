"""SimpleJWT(until=...) takes the access tokens of djangorestframework-simplejwt, as strictly as Nuages' own."""

import datetime as dt
import hashlib
import logging
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.contrib.auth.models import User
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, SlidingToken

from nuages import API, Bearer, SimpleJWT
from nuages.identify import simple_jwt
from tests.http.bearer_door import make_login
from tests.http.forging import KID, NOW, by_secret, encode, header
from tests.http.oauth_door import SCOPES, make_app, make_token
from tests.http.simple_door import UNTIL, Moved, old_claims, old_token, unsigned


@pytest.fixture
def moved(settings: Any, database: Any) -> Moved:
    """An API of those who move in."""
    settings.OAUTH2_PROVIDER = SCOPES["OAUTH2_PROVIDER"]
    door = Moved()
    door.api.build()
    return door


@pytest.fixture
def ann(moved: Moved) -> User:
    """A user."""
    return User.objects.create_user("ann", password="x")


def test_a_token_of_simplejwt_is_its_users(moved: Moved, ann: User) -> None:
    """As the package itself makes it, with what else it says."""
    token = AccessToken.for_user(ann)
    token["tenant"] = 7
    assert moved.status(str(token)) == 200
    who = moved.seen[-1]
    assert (who.user, who.method, who.scopes, who.login, who.claims["tenant"]) == (ann, "simplejwt", None, "", 7)


def test_a_scope_in_a_token_limits_it(moved: Moved, ann: User) -> None:
    """Where a project has put one there."""
    assert moved.status(old_token(old_claims(ann.pk, scope="a b"))) == 200
    assert moved.seen[-1].scopes == {"a", "b"}


def test_each_token_goes_to_its_own_way(moved: Moved, ann: User) -> None:
    """Three ways in one list, by the form of the token alone."""
    own, _ = moved.bearer.issue(ann, str(make_login(ann).pk))
    _, opaque = make_token(make_app(), ann)
    for token, method in ((own, "bearer"), (str(AccessToken.for_user(ann)), "simplejwt"), (opaque, "oauth")):
        assert (moved.status(token), moved.seen[-1].method) == (200, method)


@pytest.mark.parametrize(
    "changed",
    [
        {"token_type": "refresh"},  # J21
        {"token_type": ...},
        {"token_type": ["access"]},
        {"token_type": "sliding"},
        {"exp": ...},  # J14
        *({"exp": value} for value in ("9999999999", NOW + 0.5, True, None, [], -1, 10**400, {})),  # J15
        {"nbf": NOW + 9_999},  # J16
        {"iat": NOW + 9_999},
        {"iat": "now"},
        {"jti": ...},
        {"jti": 5},
        {"jti": ""},
        {"user_id": ...},  # J22
        *({"user_id": value} for value in (None, True, 1.5, [1], {"a": 1}, "", "a\0b", "9" * 256)),
    ],
)
def test_what_is_signed_and_not_right_is_refused(changed: Any, moved: Moved, ann: User, statements: Any) -> None:
    """By claims alone, and without a statement."""
    moved.assert_refused(old_token(old_claims(ann.pk, **changed)))
    assert statements == []


@pytest.mark.parametrize("user", ["9999999", "x", 10**40, "-1", "1e3"])
def test_a_user_who_is_not_there_is_refused(user: Any, moved: Moved, ann: User) -> None:  # J22
    """Whatever the token calls them."""
    moved.assert_refused(old_token(old_claims(user_id=user)))


def test_a_user_who_may_not_come_in_is_refused_at_once(moved: Moved, ann: User) -> None:  # J22
    """Inactive or deleted, while the token is remembered."""
    token = str(AccessToken.for_user(ann))
    assert moved.status(token) == 200
    ann.is_active = False
    ann.save()
    moved.assert_refused(token)
    ann.is_active = True
    ann.save()
    assert moved.status(token) == 200
    ann.delete()
    moved.assert_refused(token)


def test_forged_tokens_are_refused(moved: Moved, ann: User, statements: Any) -> None:
    """No algorithm, another one, another key, a key of their choice: one answer, no statement."""
    right, secret = old_claims(ann.pk), by_secret()
    heads: list[dict[str, Any]] = [
        *(
            {"alg": name, "typ": "JWT"} for name in ("none", "None", "nOnE", "", None, 5, ["HS256"], "HS257")
        ),  # J01, J02
        {"typ": "JWT"},
        {"alg": "HS256"},  # J20
        {"alg": "HS256", "typ": "at+jwt"},
        {"alg": "HS256", "typ": "refresh+jwt"},
        {"alg": "HS384", "typ": "JWT"},  # J04
        *({"alg": "HS256", "typ": "JWT", name: "x"} for name in ("jku", "jwk", "x5u", "x5c", "crit", "zip", "b64")),
    ]
    for head in heads:
        moved.assert_refused(old_token(right, head))
    head, body, _ = old_token(right, {"alg": "none", "typ": "JWT"}).split(".")
    for bad in (
        f"{head}.{body}.",
        old_token(right, sign=secret),
        unsigned(old_token(right)),
        old_token(right) + "=",  # J26
        old_token(b'{"user_id":"1","user_id":"2"}'),  # J23
        old_token(b"[]"),  # J28
        old_token(b"\xff"),
        old_token(b"[" * 3_000),
        old_token({**right, "pad": "x" * 9_000}),  # J25
    ):
        moved.assert_refused(bad)
    assert statements == []


def test_no_token_passes_for_anothers(moved: Moved, ann: User, settings: Any, statements: Any) -> None:
    """RFC 8725 section 3.11: simplejwt's claims in Nuages' clothes, and Nuages' in simplejwt's, by either key."""
    login = make_login(ann)
    own = {"iss": "nuages", "aud": "moved", "sub": str(ann.pk), "sid": str(login.pk), "exp": NOW + 60, "iat": NOW}
    both = {**own, **old_claims(ann.pk)}
    statements.clear()
    kid = moved.bearer._own.signing.kid  # type: ignore[union-attr]
    for head in (
        header(kid=kid),
        header(kid=KID),
        header(kid="x", typ="JWT"),
        header(kid=..., typ="at+jwt"),
        header(kid=kid, typ="JWT"),
    ):
        moved.assert_refused(old_token(both, head))
    for head in ({"alg": "HS256", "typ": "JWT"}, header(kid=...), header(kid=kid, typ="JWT")):
        moved.assert_refused(old_token(both, head, by_secret(settings.NUAGES_TOKEN_KEY)))
    assert statements == []


def test_every_byte_counts(moved: Moved, ann: User, statements: Any) -> None:  # J06, J24
    """One that was changed, and one that is not there."""
    token = old_token(old_claims(ann.pk))
    for place, letter in enumerate(token):
        moved.assert_refused(f"{token[:place]}{'A' if letter != 'A' else 'B'}{token[place + 1 :]}")
    for length in range(token.index(".") + 1, len(token), 7):
        moved.assert_refused(token[:length])
    assert statements == []


def test_its_end_is_to_the_second(moved: Moved, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:  # J13
    """And is told as an end."""
    token = old_token(old_claims(ann.pk, exp=NOW + 100))
    monkeypatch.setattr(simple_jwt, "time", lambda: NOW + 99.9)
    assert moved.status(token) == 200
    monkeypatch.setattr(simple_jwt, "time", lambda: NOW + 100)
    moved.assert_refused(token, "token-expired")


def test_a_token_costs_one_statement_and_then_none(moved: Moved, ann: User, statements: Any) -> None:
    """For all tokens of one user."""
    counts = []
    for _ in range(3):
        statements.clear()
        assert moved.status(old_token(old_claims(ann.pk))) == 200
        counts.append(len(statements))
    assert counts == [2, 1, 1]


def _pem(key: Any) -> tuple[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


RSA, EC = _pem(rsa.generate_private_key(65_537, 2048)), _pem(ec.generate_private_key(ec.SECP256R1()))
OTHER = "another key of simplejwt, which is long enough"


@pytest.mark.parametrize(
    ("setting", "signing"),
    [
        ({"SIGNING_KEY": OTHER}, ("HS256", OTHER)),
        ({"SIGNING_KEY": OTHER, "ALGORITHM": "HS512"}, ("HS512", OTHER)),
        ({"ALGORITHM": "RS256", "VERIFYING_KEY": RSA[1]}, ("RS256", RSA[0])),
        ({"ALGORITHM": "ES256", "VERIFYING_KEY": EC[1]}, ("ES256", EC[0])),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_the_key_and_the_algorithm_are_those_of_the_setting(
    setting: Any, signing: Any, settings: Any, database: Any
) -> None:
    """By the package's own encoder; a token by SECRET_KEY is none then."""
    ann = User.objects.create_user("ann")
    settings.SIMPLE_JWT = setting
    door = Moved()
    algorithm, key = signing
    backend = TokenBackend(algorithm, key, setting.get("VERIFYING_KEY", ""))
    assert door.status(backend.encode(old_claims(ann.pk))) == 200
    door.assert_refused(old_token(old_claims(ann.pk)))


def test_a_public_key_is_no_secret(settings: Any, database: Any) -> None:  # J03
    """A token signed by HMAC with the text of the key that checks RS256."""
    ann = User.objects.create_user("ann")
    settings.SIMPLE_JWT = {"ALGORITHM": "RS256", "VERIFYING_KEY": RSA[1]}
    door = Moved()
    for name in ("HS256", "RS256"):
        door.assert_refused(old_token(old_claims(ann.pk), {"alg": name, "typ": "JWT"}, by_secret(RSA[1])))


@pytest.mark.parametrize(
    ("setting", "right", "wrong"),
    [
        ({"ISSUER": "old"}, [{"iss": "old"}], [{}, {"iss": "older"}, {"iss": "ol"}, {"iss": ["old"]}]),  # J18
        (
            {"AUDIENCE": "us"},
            [{"aud": "us"}, {"aud": ["x", "us"]}],
            [{}, {"aud": "x"}, {"aud": []}, {"aud": 5}, {"aud": ["us", 5]}, {"aud": "u"}],  # J19
        ),
        ({"AUDIENCE": ["us", "them"]}, [{"aud": "them"}], [{"aud": "x"}]),
        ({"USER_ID_CLAIM": "sub", "USER_ID_FIELD": "username"}, [{"sub": "ann"}], [{"sub": "bob"}, {}]),
        ({"TOKEN_TYPE_CLAIM": "kind"}, [{"kind": "access"}], [{}, {"kind": "refresh"}]),
        ({"JTI_CLAIM": "id"}, [{"id": "x"}], [{}]),
        ({"LEEWAY": 30}, [{"exp": NOW - 20}], [{"exp": NOW - 10_000}]),
        ({"LEEWAY": dt.timedelta(minutes=5)}, [{"exp": NOW - 120}], [{"exp": NOW - 10_000}]),
        ({"USER_AUTHENTICATION_RULE": "tests.http.simple_door.is_called_ann"}, [{}], [{"user_id": "2"}]),
        ({"USER_AUTHENTICATION_RULE": "rest_framework_simplejwt.x.y"}, [{}], []),
    ],
)
def test_the_setting_is_honoured(
    setting: Any, right: Any, wrong: Any, settings: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the package does."""
    ann = User.objects.create_user("ann", pk=1)
    User.objects.create_user("ben", pk=2)
    settings.SIMPLE_JWT = setting
    monkeypatch.setattr(simple_jwt, "time", lambda: NOW)
    door = Moved()
    assert [door.status(old_token(old_claims(ann.pk, **more))) for more in right] == [200] * len(right)
    assert [door.status(old_token(old_claims(ann.pk, **more))) for more in wrong] == [401] * len(wrong)


def test_a_changed_password_ends_its_tokens_where_the_setting_says_so(settings: Any, database: Any) -> None:
    """CHECK_REVOKE_TOKEN; and the old ones keep nobody out who has a new one."""
    ann = User.objects.create_user("ann", password="x")
    settings.SIMPLE_JWT = {"CHECK_REVOKE_TOKEN": True}
    door = Moved()

    def token() -> str:
        mark = hashlib.md5(ann.password.encode(), usedforsecurity=False).hexdigest().upper()
        return old_token(old_claims(ann.pk, hash_password=mark))

    old = token()
    assert door.status(old) == 200
    door.assert_refused(old_token(old_claims(ann.pk)))
    ann.set_password("y")
    ann.save()
    door.assert_refused(old)
    assert door.status(token()) == 200


def test_it_is_never_wider_than_the_package(moved: Moved, ann: User) -> None:
    """What the package refuses is refused; sliding tokens, which it takes where it is told to, are too."""
    theirs = JWTAuthentication()
    tokens = [old_token(old_claims(ann.pk, **changed)) for changed in ({}, {"exp": NOW - 1}, {"token_type": "x"})]
    tokens += [str(kind.for_user(ann)) for kind in (AccessToken, RefreshToken, SlidingToken)]
    tokens += [unsigned(tokens[0]), old_token(old_claims(999)), old_token(old_claims(user_id=...))]
    for token in tokens:
        try:
            theirs.get_user(theirs.get_validated_token(token.encode()))
            expected = 200
        except (TokenError, AuthenticationFailed):
            expected = 401
        assert moved.status(token) == expected


def test_after_its_last_day_nothing_is_taken(moved: Moved, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that has been running all the time, too; not even what is remembered."""
    end = dt.datetime(2091, 1, 1, tzinfo=dt.UTC).timestamp()
    token = old_token(old_claims(ann.pk, exp=int(end) + 5_000))
    refresh = old_token(old_claims(ann.pk, token_type="refresh", exp=int(end) + 5_000))
    monkeypatch.setattr(simple_jwt, "time", lambda: end - 1)
    assert moved.status(token) == 200
    monkeypatch.setattr(simple_jwt, "time", lambda: end)
    moved.assert_refused(token)
    assert moved.refresh(refresh).status == 401


def test_a_day_that_is_over_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The API starts, and says what to do about it."""
    caplog.set_level(logging.WARNING, "nuages.security")
    api = API(title="Over", authenticate=[SimpleJWT(until="2020-01-01")])
    assert api.mistakes() == []
    assert [(each.id, each.hint) for each in api.remarks()] == [("nuages.W044", "Remove it.")]
    assert "until='2020-01-01' is over" in caplog.text


@pytest.mark.parametrize("until", ["soon", "", None, 5, "2027-13-01"])
def test_a_day_that_is_none_is_a_mistake(until: Any) -> None:
    """Found at start-up: there is no way to take these for ever."""
    (found,) = API(authenticate=[SimpleJWT(until=until)]).mistakes()
    assert (found.id, found.message) == ("nuages.E044", "until is no day.")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ([], "is no dict"),
        ({"SIGNING_KEY": "x" * 31}, "31 bytes"),  # J31
        ({"SIGNING_KEY": ""}, "has no SIGNING_KEY"),
        ({"SIGNING_KEY": "a secret of the tests, which signs nothing else"}, "Nuages' own tokens"),
        ({"SIGNING_KEY": RSA[1]}, "no key for HS256"),
        ({"ALGORITHM": "none"}, "ALGORITHM that is none of"),
        ({"ALGORITHM": "RS256"}, "has no VERIFYING_KEY"),
        ({"ALGORITHM": "RS256", "VERIFYING_KEY": "x"}, "no key for RS256"),
        ({"ALGORITHM": "RS256", "VERIFYING_KEY": RSA[0]}, "private key"),
        ({"ALGORITHM": "ES384", "VERIFYING_KEY": EC[1]}, "no key for ES384"),
        ({"JWK_URL": "https://a.example/jwks"}, "Issuer(keys_url=...)"),
        ({"TOKEN_TYPE_CLAIM": None}, "TOKEN_TYPE_CLAIM"),
        ({"JTI_CLAIM": None}, "JTI_CLAIM"),
        ({"AUDIENCE": []}, "AUDIENCE"),
        ({"ISSUER": 5}, "ISSUER"),
        ({"LEEWAY": 301}, "LEEWAY"),
        ({"LEEWAY": "1"}, "LEEWAY"),
        ({"USER_ID_FIELD": "nick"}, "auth.User does not have"),
        ({"USER_ID_FIELD": "email"}, "may share"),
        ({"USER_AUTHENTICATION_RULE": "a.b"}, "not there"),
        ({"USER_AUTHENTICATION_RULE": 5}, "no function"),
    ],
)
def test_a_setting_that_misleads_is_a_mistake(setting: Any, message: str, settings: Any) -> None:
    """Found at start-up, and no secret is shown."""
    settings.SIMPLE_JWT = setting
    (found,) = API(authenticate=[Bearer(), SimpleJWT(until=UNTIL)]).mistakes()
    assert (found.id, found.place, message in found.message) == ("nuages.E044", "settings.SIMPLE_JWT", True), found
    assert not any(len(str(text)) > 20 and str(text) in str(found) for text in dict(setting).values())


def test_a_weak_pair_of_keys_is_a_mistake(settings: Any) -> None:  # J31
    """As of every other issuer."""
    small = _pem(rsa.generate_private_key(65_537, 1024))[1]
    settings.SIMPLE_JWT = {"ALGORITHM": "RS256", "VERIFYING_KEY": small}
    (found,) = API(authenticate=[SimpleJWT(until=UNTIL)]).mistakes()
    assert "1024 bits" in found.message


def test_nobodys_token_goes_to_nobody(moved: Moved, statements: Any) -> None:
    """A JSON Web Token without a readable header has no form at all."""
    for bad in ("a.b.c", "..", f"{encode(b'[]')}.e30.x", f"{'A' * 1_025}.e30.x", "a.b.c.d.e"):
        moved.assert_refused(bad)
    assert statements == []

"""Which keys are taken, which are refused with what words, and that no word holds a part of them."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import get_default_algorithms

from nuages import API, Bearer, Issuer
from nuages.errors import DeclarationError
from nuages.identify.keys import BadKey, read_key, read_set
from nuages.identify.new_keys import KINDS, new_key, new_secret, thumbprint
from nuages.identify.own_keys import read_own_keys
from nuages.management.keys import lines
from tests.http.forging import OTHERS, PAIRS, SECRET

pytestmark = pytest.mark.usefixtures("no_token_key")

EC, OKP, RSA = PAIRS["ES256"], PAIRS["EdDSA"], PAIRS["RS256"]
OCT = {"kty": "oct", "kid": "o", "k": base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()}


def _public(key: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in key.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}}


def _rsa(bits: int) -> dict[str, Any]:
    made = rsa.generate_private_key(65537, bits)
    return {"kid": "r", **get_default_algorithms()["RS256"].to_jwk(made, as_dict=True), "key_ops": ["sign", "verify"]}


def _curve(curve: Any) -> dict[str, Any]:
    made = get_default_algorithms()["ES256"].to_jwk(ec.generate_private_key(curve()), as_dict=True)
    return {"kid": "c", **made}


def _without(key: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in key.items() if name not in names}


PEM = (
    read_key(EC)
    .checking.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
BAD = {
    "J31 RSA 1024": [_rsa(1024)],
    "J31 RSA 2047": [_rsa(2047)],
    "J31 RSA e=1": [{**_public(RSA), "e": "AQ"}],
    "J31 RSA e=3": [{**_public(RSA), "e": "Aw"}],
    "J31 RSA endless": [{**_public(RSA), "n": "x" * 100_000}],
    "J31 curve P-384": [_curve(ec.SECP384R1)],
    "J31 curve secp256k1": [_curve(ec.SECP256K1)],
    "J31 curve by another name": [{**_curve(ec.SECP384R1), "crv": "P-256"}],
    "J31 curve Ed448": [{**OKP, "crv": "Ed448"}],
    "J31 curve X25519": [{**OKP, "crv": "X25519"}],
    "J31 point not on the curve": [{**_public(EC), "y": _public(EC)["x"]}],
    "J31 secret of 8 bytes": [{**OCT, "k": "c2hvcnRrZXk"}],
    "J31 secret of 31 bytes": [{**OCT, "k": base64.urlsafe_b64encode(b"s" * 31).decode()}],
    "J31 secret of none": [_without(OCT, "k")],
    "J32 kid twice": [EC, {**OTHERS["EdDSA"], "kid": EC["kid"]}],
    "J32 no kid": [_without(EC, "kid")],
    "J32 kid of no text": [{**EC, "kid": 1}],
    "J32 mixed": [OCT, EC],
    "J32 use enc": [{**EC, "use": "enc"}],
    "J32 key_ops sign": [{**EC, "key_ops": ["sign"]}],
    "J32 key_ops verify of a private key": [{**EC, "key_ops": ["verify"]}],
    "J32 key_ops sign of a public key": [{**_public(EC), "key_ops": ["sign"]}],
    "J32 key_ops encrypt": [{**EC, "key_ops": ["sign", "verify", "encrypt"]}],
    "J32 key_ops text": [{**EC, "key_ops": "verify"}],
    "J32 another alg": [{**EC, "alg": "ES384"}],
    "J32 alg of another type": [{**EC, "alg": "HS256"}],
    "J32 alg none": [{**EC, "alg": "none"}],
    "J32 alg HS512": [{**OCT, "alg": "HS512"}],
    "J32 no kty": [_without(EC, "kty")],
    "J32 kty list": [{**EC, "kty": ["EC"]}],
    "J32 halves of two keys": [{**EC, "d": OTHERS["ES256"]["d"]}],
    "J32 halves of two Ed25519 keys": [{**OKP, "d": OTHERS["EdDSA"]["d"]}],
    "J32 halves of two RSA keys": [{**RSA, "n": OTHERS["RS256"]["n"]}],
    "J32 numbers": [{**EC, "x": 1, "y": 2}],
    "J32 no base64": [{**EC, "x": "!!", "y": "é"}],
    "J32 no object": ["key"],
    "J32 empty": [],
    "J32 endless": [EC] * 101,
}


@pytest.mark.parametrize("keys", BAD.values(), ids=list(BAD))
def test_j31_j32_set_does_not_load(keys: Any) -> None:
    """J31, J32: weak, ambiguous or misused keys; the words hold none of their values."""
    with pytest.raises(BadKey) as caught:
        read_set({"keys": keys})
    said = str(caught.value)
    values = [value for key in keys if isinstance(key, dict) for value in key.values()]
    assert not any(value in said for value in values if isinstance(value, str) and len(value) > 10)


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": None}, "{}", 1], ids=str)
def test_j32_what_is_no_set(document: Any) -> None:
    """J32: neither a list, nor a key, nor text."""
    with pytest.raises(BadKey, match="no JWK Set"):
        read_set(document)


def test_j31_what_is_strong_enough_loads() -> None:
    """J31: RSA of 2048 bits, secrets of 32 bytes, each kind of pair with and without its private half."""
    assert read_key(_rsa(2048)).algorithm == "RS256"
    assert read_key(OCT).algorithm == "HS256"
    for pair in (EC, OKP, RSA):
        assert read_key(pair).signing is not None
        assert read_key(_public(pair)).signing is None
        assert read_key(_without(pair, "alg", "use")).algorithm == pair["alg"]
        assert read_key({**_public(pair), "key_ops": ["verify"]}).algorithm == pair["alg"]


def test_j32_set_of_others() -> None:
    """J32: a private half that was published is refused; a key for encryption is left out, and so never checks."""
    with pytest.raises(BadKey, match="private"):
        read_set({"keys": [EC]}, is_others=True)
    found = read_set({"keys": [_public(EC), {**_public(RSA), "use": "enc", "alg": "RSA-OAEP"}]}, is_others=True)
    assert list(found) == ["ES256"]


def test_keys_hide_themselves() -> None:
    """No representation of a key, nor of an issuer with a secret, shows any of it."""
    shown = repr([*read_set({"keys": [EC, OKP, RSA]}).values(), Issuer("i", "a", None, {"keys": [OCT]}), read_key(OCT)])
    assert "ssss" not in shown, "the secret itself, unencoded"
    assert not any(value in shown for key in (EC, OKP, RSA, OCT) for value in key.values() if len(value) > 10)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("NUAGES_TOKEN_KEY", "x" * 8, "8 bytes"),
        ("NUAGES_TOKEN_KEY", "x" * 31, "31 bytes"),
        ("NUAGES_TOKEN_KEY", "", "0 bytes"),
        ("NUAGES_TOKEN_KEY", 7, "no text"),
        ("NUAGES_TOKEN_KEY", b"x" * 40, "no text"),
        ("NUAGES_TOKEN_KEY", PEM, "no secret"),
        ("NUAGES_TOKEN_KEYS", "{", "no JSON"),
        ("NUAGES_TOKEN_KEYS", '{"keys": [], "keys": []}', "no JSON"),
        ("NUAGES_TOKEN_KEYS", {"keys": [_without(EC, "kid")]}, "keys[0] has no kid"),
        ("NUAGES_TOKEN_KEYS", "", "no JSON"),
    ],
)
def test_j31_bad_setting_stops_the_start(name: str, value: Any, words: str, settings: Any) -> None:
    """J31: nuages.E034 names the setting and says how to make a key; the value is not in it."""
    setattr(settings, name, value)
    with pytest.raises(DeclarationError) as caught:
        API(title="Tokens", authenticate=[Bearer()]).build()
    (mistake,) = caught.value.mistakes
    assert (mistake.id, mistake.place) == ("nuages.E034", f"settings.{name}")
    assert words in mistake.message
    assert "manage.py nuages key" in mistake.hint
    assert "xxx" not in str(caught.value)


def test_j31_secret_key_is_no_token_key(settings: Any) -> None:
    """J31: neither the present one nor an old one, as a text or in a set; 32 bytes of another are enough."""
    settings.SECRET_KEY_FALLBACKS = ["an old key that still has its uses in this project"]
    for secret in (settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS[0]):
        settings.NUAGES_TOKEN_KEY, settings.NUAGES_TOKEN_KEYS = secret, None
        with pytest.raises(BadKey, match="SECRET_KEY"):
            read_own_keys()
        k = base64.urlsafe_b64encode(secret.encode()).decode()
        settings.NUAGES_TOKEN_KEY, settings.NUAGES_TOKEN_KEYS = None, {"keys": [{**OCT, "k": k}]}
        with pytest.raises(BadKey, match="SECRET_KEY"):
            read_own_keys()
    settings.NUAGES_TOKEN_KEY, settings.NUAGES_TOKEN_KEYS = "x" * 32, None
    assert read_own_keys().signing is not None
    settings.NUAGES_TOKEN_KEYS = {"keys": [EC]}
    with pytest.raises(BadKey, match="one of them"):
        read_own_keys()


def test_no_key_is_a_mistake_without_debug(settings: Any) -> None:
    """With DEBUG there is one for the time being; an API that only takes others' tokens needs none."""
    (mistake,) = Bearer().start("Shop")
    assert (mistake.id, mistake.place) == ("nuages.E034", "settings.NUAGES_TOKEN_KEYS")
    issuer = Issuer("i", "a", lambda _claims: None, {"keys": [_public(EC)]})
    assert list(Bearer(trusted=[issuer], login=False).start("Shop")) == []
    assert len(list(Bearer(trusted=[issuer]).start("Shop"))) == 1
    settings.DEBUG = True
    assert list(Bearer().start("Shop")) == []


def _issuer(**changed: Any) -> Issuer:
    right = {"issuer": "i", "audience": "a", "user": lambda _claims: None, "keys": {"keys": [_public(EC)]}}
    return Issuer(**{**right, **changed})


URL = {"keys": None, "keys_url": "https://idp.example/keys"}
WRONG = {
    "lifetime": Bearer(lifetime_s=0),
    "lifetime of a year": Bearer(lifetime_s=31_536_000),
    "lifetime of no number": Bearer(lifetime_s=True),
    "leeway": Bearer(leeway_s=-1),
    "claims": Bearer(claims={}),  # type: ignore[arg-type]
    "issuer": Bearer(issuer=None),  # type: ignore[arg-type]
    "trusted": Bearer(trusted=["https://idp.example"]),  # type: ignore[list-item]
    "one name twice": Bearer(trusted=[_issuer(), _issuer()]),
    "our own name": Bearer(trusted=[_issuer(issuer="nuages")]),
    "no audience": Bearer(trusted=[_issuer(audience="")]),
    "no user": Bearer(trusted=[_issuer(user=None)]),
    "no keys": Bearer(trusted=[_issuer(keys=None)]),
    "keys twice": Bearer(trusted=[_issuer(keys_url="https://idp.example/keys")]),
    "private keys": Bearer(trusted=[_issuer(keys={"keys": [EC]})]),
    "other keys": Bearer(trusted=[_issuer(algorithms=["RS256"])]),
    "algorithm none": Bearer(trusted=[_issuer(algorithms=["none"])]),
    "algorithms of a text": Bearer(trusted=[_issuer(algorithms="ES256")]),
    "no HTTPS": Bearer(trusted=[_issuer(**{**URL, "keys_url": "http://idp.example/keys"})]),
    "no HTTPS nearby": Bearer(trusted=[_issuer(**{**URL, "keys_url": "http://127.0.0.1/keys"})]),
    "a file": Bearer(trusted=[_issuer(**{**URL, "keys_url": "file:///etc/passwd"})]),
    "no URL": Bearer(trusted=[_issuer(**{**URL, "keys_url": "keys"})]),
    "a published secret": Bearer(trusted=[_issuer(**URL, algorithms=["HS256"])]),
    "leeway of an issuer": Bearer(trusted=[_issuer(leeway_s=10_000)]),
}


@pytest.mark.parametrize("bearer", WRONG.values(), ids=list(WRONG))
def test_bearer_that_is_declared_wrong(bearer: Bearer, settings: Any) -> None:
    """nuages.E035, each with the place."""
    settings.NUAGES_TOKEN_KEY = SECRET
    mistakes = list(bearer.start("Shop"))
    assert {mistake.id for mistake in mistakes} == {"nuages.E035"}
    assert all(mistake.place.startswith("API(title='Shop'), Bearer") for mistake in mistakes)


def test_one_bearer_serves_two_apis_only_by_one_audience(settings: Any) -> None:
    """Else the second title would change what the first gave out."""
    settings.NUAGES_TOKEN_KEY = SECRET
    shared, named = Bearer(), Bearer(audience="both")
    assert [len(list(bearer.start(title))) for bearer in (shared, named) for title in ("A", "A", "B")] == [
        0,
        0,
        1,
        0,
        0,
        0,
    ]


@pytest.mark.parametrize("algorithm", KINDS)
def test_command_prints_a_key_that_is_taken(algorithm: str, settings: Any) -> None:
    """And the setting that takes it; each time another."""
    (text,) = lines({"algorithm": algorithm})
    *comments, printed = text.strip().splitlines()
    name = "NUAGES_TOKEN_KEY" if algorithm == "HS256" else "NUAGES_TOKEN_KEYS"
    assert all(line.startswith("#") for line in comments)
    assert f"{name} =" in text
    setattr(settings, name, printed)
    keys = read_own_keys()
    assert keys.signing is not None
    assert keys.signing.algorithm == algorithm
    assert list(lines({"algorithm": algorithm})) != [text]


def test_kid_is_the_thumbprint() -> None:
    """RFC 7638, with the example of its section 3.1 and that of RFC 8037 appendix A.3."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5haj"
        "rn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert thumbprint({"kty": "RSA", "n": n, "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    okp = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(okp) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    made = new_key("ES256")
    assert made["kid"] == thumbprint(made)
    assert len(new_secret()) >= 64
    assert json.dumps(made)

"""Tokens that must not be taken, by the lines of the threat list: the one 401, and no statement for any of them.

No test here may open a database, so a token that reached one would be a 500 and not the 401 that is demanded.
"""

import base64
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils

from nuages import Bearer
from nuages.identify.keys import read_key
from tests.http.bearer_door import Door
from tests.http.forging import (
    KID,
    NOW,
    OTHERS,
    PAIRS,
    SECRET,
    as_json,
    by_key,
    by_secret,
    claims,
    encode,
    header,
    token,
)

pytestmark = pytest.mark.usefixtures("no_token_key")

RSA = read_key(PAIRS["RS256"])


@pytest.fixture
def door(settings: Any) -> Door:
    """Behind a shared secret."""
    settings.NUAGES_TOKEN_KEY = SECRET
    return Door(Bearer())


@pytest.fixture
def pairs(settings: Any) -> Door:
    """Behind three key pairs."""
    settings.NUAGES_TOKEN_KEYS = {"keys": list(PAIRS.values())}
    return Door(Bearer())


@pytest.fixture(autouse=True)
def no_statement(statements: Any) -> Iterator[None]:
    """Whatever a test sends, no statement came of it."""
    yield
    assert statements == []


def _names(table: Any) -> Any:
    return pytest.mark.parametrize("bad", table.values(), ids=list(table))


HEADERS = {
    **{f"J01 alg {alg}": header(alg=alg) for alg in ("none", "None", "nOnE", "")},
    "J02 no alg": header(alg=...),
    **{f"J02 alg {alg}": header(alg=alg) for alg in (None, 1, ["HS256"], "HS257", {"HS256": 1}, "hs256")},
    **{f"J04 alg {alg}": header(alg=alg) for alg in ("HS384", "HS512", "RS256", "ES256")},
    **{f"J07 kid {str(kid)[:20]!r}": header(kid=kid) for kid in ("' OR 1=1--", "../../dev/null", "\0", 1, [KID], None)},
    "J07 long kid": header(kid="k" * 4000),
    "J08 unknown kid": header(kid="0" * 16),
    "J08 no kid": header(kid=...),
    "J10 jku": header(jku="https://127.0.0.1/keys"),
    "J10 x5u": header(x5u="https://127.0.0.1/cert"),
    "J10 jwk": header(jwk={"kty": "oct", "k": "AAAA"}),
    "J10 x5c": header(x5c=["MIIB"]),
    "J11 crit unknown": header(crit=["new"], new=1),
    "J11 crit empty": header(crit=[]),
    "J11 crit text": header(crit="exp"),
    "J11 crit absent header": header(crit=["gone"]),
    "J11 b64": header(b64=False),
    "J11 b64 in crit": header(b64=False, crit=["b64"]),
    "J12 zip": header(zip="DEF"),
    "J12 enc": header(enc="A256GCM"),
    **{f"J20 typ {typ}": header(typ=typ) for typ in ("JWT", "refresh+jwt", "", None, 1, ["at+jwt"], "at+jwt2", "jwt")},
    "J20 no typ": header(typ=...),
    "J23 alg twice": b'{"typ":"at+jwt","alg":"none","alg":"HS256","kid":"%s"}' % KID.encode(),
    "J23 kid twice": b'{"typ":"at+jwt","alg":"HS256","kid":"x","kid":"%s"}' % KID.encode(),
    "J28 list": b'["at+jwt","HS256"]',
    "J28 deep": b"[" * 5000,
    "J28 no JSON": b"{",
}


@_names(HEADERS)
def test_header_is_refused(bad: Any, door: Door) -> None:
    """J01, J02, J04, J07, J08, J10 to J12, J20, J23, J28: signed rightly, with a header that is not taken."""
    door.assert_refused(f"Bearer {token(bad)}")


def test_j01_no_signature_is_refused(door: Door) -> None:
    """J01: neither with `none` nor with an algorithm."""
    for alg in ("none", "HS256"):
        unsigned = token(header(alg=alg)).rpartition(".")[0]
        door.assert_refused(f"Bearer {unsigned}.")
        door.assert_refused(f"Bearer {unsigned}.AA")


def test_j03_public_key_is_no_secret(pairs: Door) -> None:
    """J03: HS256 by any text of the RSA key's public half."""
    public = RSA.checking
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(dict(RSA.public)).encode()
    for secret in (pem, pem.replace(b"\n", b"\r\n"), pem.strip(), der, jwk, base64.b64encode(der)):
        forged = token(header(alg="HS256", kid="RS256"), None, by_secret(secret.decode("latin-1")))
        pairs.assert_refused(f"Bearer {forged}")


def test_j04_one_key_one_algorithm(pairs: Door) -> None:
    """J04: the same RSA key signs PS256, RS384 and RS512, and none of them is taken; nor under another key's name."""
    ways = {
        "PS256": (padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        "RS384": (padding.PKCS1v15(), hashes.SHA384()),
        "RS512": (padding.PKCS1v15(), hashes.SHA512()),
    }
    for alg, (pad, digest) in ways.items():
        for said in (alg, "RS256"):
            signed = token(
                header(alg=said, kid="RS256"), None, lambda text, w=(pad, digest): RSA.signing.sign(text, *w)
            )  # type: ignore[misc]
            pairs.assert_refused(f"Bearer {signed}")
    pairs.assert_refused(f"Bearer {token(header(alg='ES256', kid='RS256'), None, by_key(PAIRS['ES256']))}")
    pairs.assert_refused(f"Bearer {token(header(alg='RS256', kid='ES256'), None, by_key(PAIRS['RS256']))}")


def test_j05_ecdsa_signature_of_another_form(pairs: Door) -> None:
    """J05: DER, zeros, r or s of nothing or of the order, wrong lengths, s left out."""
    head = header(alg="ES256", kid="ES256")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    right = by_key(PAIRS["ES256"])(b"x")
    ends = [b"\0" * 64, b"\0" * 32 + b"\1" * 32, b"\1" * 32 + b"\0" * 32, order.to_bytes(32, "big") * 2]
    ends += [b"\0" * 63, b"\0" * 65, b"\0" * 128, b"\0", right[:32], right + b"\0", b"\xff" * 64]
    for end in ends:
        pairs.assert_refused(f"Bearer {token(head, None, lambda _, end=end: end)}")  # type: ignore[misc]
    sign = by_key(PAIRS["ES256"])

    def der(signed: bytes) -> bytes:
        raw = sign(signed)
        return utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))

    pairs.assert_refused(f"Bearer {token(head, None, der)}")


@pytest.mark.parametrize("alg", list(PAIRS))
def test_j05_signature_of_another_key_or_text(alg: str, pairs: Door) -> None:
    """J05: another key's signature, none, one bit more; Ed25519 and RSA as well."""
    head = header(alg=alg, kid=alg)
    pairs.assert_refused(f"Bearer {token(head, None, by_key(OTHERS[alg]))}")
    sign = by_key(PAIRS[alg])
    pairs.assert_refused(f"Bearer {token(head, None, lambda signed: sign(signed + b'.'))}")
    pairs.assert_refused(f"Bearer {token(head, None, lambda signed: bytes(len(sign(signed))))}")


@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_j06_each_flipped_bit_is_seen(alg: str, request: Any) -> None:
    """J06: in header, claims and signature; each byte once, whatever part it is of."""
    door = request.getfixturevalue("door" if alg == "HS256" else "pairs")
    right = token() if alg == "HS256" else token(header(alg=alg, kid=alg), None, by_key(PAIRS[alg]))
    parts = [base64.urlsafe_b64decode(part + "==") for part in right.split(".")]
    for number, part in enumerate(parts):
        for place in range(len(part)):
            flipped = part[:place] + bytes([part[place] ^ (1 << place % 8)]) + part[place + 1 :]
            changed = [*parts[:number], flipped, *parts[number + 1 :]]
            door.assert_refused("Bearer " + ".".join(map(encode, changed)))


def test_j10_nothing_that_a_token_names_is_asked(door: Door) -> None:
    """J10: an address in the header is not connected to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
        for name in ("jku", "x5u"):
            door.assert_refused(f"Bearer {token(header(**{name: url}))}")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_j12_compressed_or_encrypted_is_refused(door: Door) -> None:
    """J12: neither unpacked nor decrypted."""
    bomb = zlib.compress(b" " * 1_000_000)
    door.assert_refused(f"Bearer {token(header(zip='DEF'), bomb)}")
    door.assert_refused("Bearer " + ".".join(["eyJhbGciOiJkaXIifQ", "", "AA", "AA", "AA"]))
    door.assert_refused("Bearer " + ".".join(["eyJhbGciOiJkaXIifQ", "AA", "AA", "AA", "AA"]))


HUGE = "9" * 400
CLAIMS = {
    **{f"J14 no {name}": claims(**{name: ...}) for name in ("iss", "aud", "sub", "iat", "exp", "jti", "sid")},
    "J15 exp text": claims(exp=str(NOW + 86_400)),
    "J15 exp float": claims(exp=NOW + 86_400.5),
    **{f"J15 exp {exp!r}": claims(exp=exp) for exp in (True, None, [], {})},
    **{
        f"J15 exp {text[:12]}": as_json(claims()).replace(str(NOW + 86_400).encode(), text.encode())
        for text in ("NaN", "Infinity", "1e400", "1e10", HUGE, "9" * 5000, "-1", "9007199254740992")
    },
    "J15 iat text": claims(iat=str(NOW)),
    "J15 iat float": claims(iat=float(NOW)),
    **{f"J15 iat {iat!r}": claims(iat=iat) for iat in (True, None, -1)},
    "J16 nbf ahead": claims(nbf=NOW + 50_000),
    "J16 nbf text": claims(nbf=str(NOW)),
    "J16 iat far ahead": claims(iat=NOW + 50_000),
    **{
        f"J18 iss {str(iss)!r}": claims(iss=iss)
        for iss in ("other", "nuages.evil", "nuage", "Nuages", "nuages/", ["nuages"], "", None, 1, {"a": 1})
    },
    **{
        f"J19 aud {str(aud)!r}": claims(aud=aud)
        for aud in ("other", [], ["a", "b"], 5, ["shop", 5], "sho", "shops", "", None, [["shop"]], {"shop": 1})
    },
    **{f"J22 sub {str(sub)!r}": claims(sub=sub) for sub in (1, {"id": 1}, ["1"], "", None, True)},
    **{f"J14 {name} of no text": claims(**{name: 1}) for name in ("jti", "sid")},
    "scope of no text": claims(scope=["read"]),
    "J23 sub twice": as_json(claims())[:-1] + b',"sub":"2"}',
    "J23 name twice inside": as_json(claims())[:-1] + b',"more":{"a":1,"a":2}}',
    **{f"J28 {text[:6]!r}": text for text in (b"[]", b'"text"', b"1", b"null", b"{", b"", b"\xff\xfe", b"{}")},
    "J28 UTF-16": json.dumps(claims()).encode("utf-16"),
    "J28 BOM": b"\xef\xbb\xbf" + as_json(claims()),
    "J28 no UTF-8": as_json(claims())[:-1] + b',"a":"\xff"}',
    "J28 deep": b'{"a":' + b"[" * 5900,
}


@_names(CLAIMS)
def test_claims_are_refused(bad: Any, door: Door) -> None:
    """J14 to J16, J18, J19, J22, J23, J28: signed rightly, with claims that are not taken."""
    door.assert_refused(f"Bearer {token(None, bad)}")


@pytest.mark.parametrize(
    ("leeway_s", "exp"), [(0, NOW - 1), (0, NOW - 10_000), (30, NOW - 31)], ids=["just", "long ago", "beyond leeway"]
)
def test_j13_expiry_has_a_code_of_its_own(leeway_s: int, exp: int, settings: Any) -> None:
    """J13: on or after `exp`, and the leeway of the project."""
    settings.NUAGES_TOKEN_KEY = SECRET
    door = Door(Bearer(leeway_s=leeway_s))
    door.assert_refused(f"Bearer {token(None, claims(exp=exp))}", "token-expired")


def test_j13_expiry_is_told_only_of_what_is_right_otherwise(door: Door) -> None:
    """J13: an expired token with another fault is as any other."""
    for other in ({"aud": "other"}, {"sub": 1}, {"iss": "other"}, {"nbf": NOW + 50_000}):
        door.assert_refused(f"Bearer {token(None, claims(exp=NOW - 1, **other))}")
    door.assert_refused(f"Bearer {token(None, claims(exp=NOW - 1), by_secret('x' * 40))}")


def test_j21_what_else_this_project_gives_out_is_no_access_token(door: Door, settings: Any) -> None:
    """J21: a refresh token, a password-reset token, Django's signed texts, a token by SECRET_KEY."""
    from django.core.signing import dumps  # noqa: PLC0415

    others = [
        encode(b"r" * 32),
        "cabcde-" + "0" * 32,
        dumps({"sub": "1"}),
        token(None, None, by_secret(settings.SECRET_KEY)),
    ]
    for other in others:
        door.assert_refused(f"Bearer {other}")


def test_j24_each_beginning_is_refused(door: Door) -> None:
    """J24: a token cut off anywhere."""
    right = token()
    for length in range(len(right)):
        door.assert_refused(f"Bearer {right[:length]}")


@pytest.mark.parametrize("size", [8193, 100_000, 10_000_000])
def test_j25_long_header_is_not_looked_at(size: int, door: Door) -> None:
    """J25: a right token that is too long, and text without end."""
    filler = claims(more="m" * size)
    for text in (token(None, filler), "a" * size, "." * size, "a." * (size // 2)):
        door.assert_refused(f"Bearer {text}")


def test_j26_only_one_spelling_is_read(door: Door) -> None:
    """J26, J27: padding, spaces, other alphabets, other last characters, more or fewer parts, JSON."""
    right = token()
    head, body, signature = right.split(".")
    spelled = [f"{right}=", f"{right}==", f"{head}=.{body}.{signature}", f"{head}.{body}=.{signature}"]
    spelled += [
        f"{head} .{body}.{signature}",
        f"{head}\n.{body}.{signature}",
        f"{right}\0",
        f"{right}\n",
        f"{right}\x0b",
    ]
    spelled += [right.replace(".", "%2E"), f"{head}.{body}", f".{right}", f"{right}.", f"{right}.x", f"{right}.x.y"]
    spelled += [f"{head}+.{body}.{signature}", f"{head}/.{body}.{signature}", f"{right}é", f"“{right}”", f'"{right}"']
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signature[-1])
    spelled += [f"{head}.{body}.{signature[:-1]}{alphabet[last ^ bit]}" for bit in (1, 2)]
    spelled += ['{"payload":"e30","signatures":[]}']
    for text in spelled:
        if "," not in text:
            door.assert_refused(f"Bearer {text}")
        assert door.status(text) in {400, 401}


def test_j29_scheme(door: Door) -> None:
    """J29: without a token it is a bad one; another scheme is no bearer's; two tokens are a 400."""
    for bad in ("Bearer", "bearer ", "BEARER   ", f"Bearer\t{token()}", "Bearer a b", f"Bearer {token()} {token()}"):
        door.assert_refused(bad)
    for other in ("Basic dTpw", "", "Bearerx abc", "Digest a=1, b=2", f"Token {token()}"):
        response = door.ask(other)
        assert (response.status, response.header("WWW-Authenticate")) == (401, 'Bearer realm="api"'), other
    for twice in (f"Bearer {token()},Bearer {token()}", "Bearer a, Bearer b", "Basic dTpw,Bearer a", "Bearer a,b"):
        response = door.ask(twice)
        assert (response.status, response.header("WWW-Authenticate")) == (400, 'Bearer error="invalid_request"')
        assert b"repeated-credential" in response.body


def test_j30_token_in_the_query_is_an_unknown_parameter(door: Door) -> None:
    """J30: refused, whoever asks; and it identifies nobody."""
    assert door.ask(None, f"/tags?access_token={token()}").status == 400
    assert door.ask(None, f"/books?access_token={token()}").status == 401

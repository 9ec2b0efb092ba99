"""What a token of an app may do at the API of a project that serves, and what a deployment of it refuses; by ids."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session

from nuages.oauth.settings import GATES
from tests.live.processes import LIMIT_S, manage
from tests.live.relying import Provider, providing

SCOPES = {"reviews": "reviews:write", "orders": "orders:write"} | dict.fromkeys(
    ("books", "authors", "publishers", "tags"), "catalogue:write"
)


@pytest.fixture(scope="module")
def reading(provider: Provider) -> Any:
    """The tokens of an app that may read: of a user who is staff, so that nothing but the scope is lacking."""
    provider.sql("UPDATE auth_user SET is_staff = 1 WHERE username = 'ben'")
    return provider.tokens(provider["public"], "ben", scope="books:read orders:read")


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("resource", SCOPES)
def test_a_token_that_may_read_writes_nothing(
    provider: Provider, reading: Any, resource: str, method: str
) -> None:  # O16
    """Each resource, each method: 403 insufficient_scope, with the scope that it takes (RFC 6750 section 3.1)."""
    api = f"{provider.issuer.removesuffix('/oauth')}/api/{resource}"
    url = api if method == "POST" else f"{api}/1"
    content = {} if method == "DELETE" else {"content": "{}", "headers": {"Content-Type": "application/json"}}
    client = OAuth2Session(provider["public"].client_id, token=reading)
    headers = {**content.get("headers", {})}
    answer = client.request(method, url, data=content.get("content"), headers=headers, timeout=LIMIT_S)
    client.close()
    challenge = answer.headers["www-authenticate"]
    assert (answer.status_code, "insufficient_scope" in challenge) == (403, True), answer.text
    assert f'scope="{SCOPES[resource]}"' in challenge


def test_a_token_that_may_read_reads(provider: Provider, reading: Any) -> None:
    """Else the refusals above would tell nothing."""
    headers = {"Authorization": f"Bearer {reading['access_token']}"}
    for resource in SCOPES:
        url = f"{provider.issuer.removesuffix('/oauth')}/api/{resource}"
        assert httpx.get(url, headers=headers, timeout=LIMIT_S).status_code == 200


@pytest.fixture(scope="module")
def machines(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider whose apps may act for themselves."""
    values = json.dumps({"OAUTH2_GRANT_TYPES_SUPPORTED": ["authorization_code", "refresh_token", "client_credentials"]})
    given = {"DJANGO_SETTINGS_MODULE": "tests.live.project.provider", "TEST_PROVIDER": values}
    with providing(seeded, tmp_path_factory.mktemp("machines"), **given) as provider:
        yield provider


def test_a_program_is_not_the_user_whose_id_it_has(machines: Provider) -> None:  # O25
    """A client whose client_id is a user's key: its own token owns nothing, sees nobody, and names nobody."""
    provider, app = machines, machines["machine"]
    provider.sql("UPDATE auth_user SET is_superuser = 1, is_staff = 1 WHERE id = 1")
    client = OAuth2Session(app.client_id, app.secret, scope="books:read orders:read orders:write")
    token = client.fetch_token(f"{provider.issuer}/token/", grant_type="client_credentials")
    site = provider.issuer.removesuffix("/oauth")
    assert "refresh_token" not in token
    assert client.get(f"{site}/api/books", timeout=LIMIT_S).status_code == 200
    for method, path in (("GET", "orders"), ("POST", "orders"), ("GET", "auth/sessions"), ("POST", "auth/verify")):
        json_body = None if method == "GET" else {}
        answer = client.request(method, f"{site}/api/{path}", json=json_body, timeout=LIMIT_S)
        assert answer.status_code in {401, 403}, (path, answer.text)
    assert client.get(f"{provider.issuer}/userinfo/", timeout=LIMIT_S).status_code in {401, 403}
    said = provider.introspect(app, token["access_token"])
    assert (said["active"], said["client_id"]) == (True, "1")
    assert not {"username", "sub"} & said.keys()
    client.close()


INSECURE: dict[str, Any] = {
    **dict.fromkeys(GATES, False),
    "PKCE_REQUIRED": False,
    "ROTATE_REFRESH_TOKEN": False,
    "REFRESH_TOKEN_REUSE_PROTECTION": False,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 10,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 36_000,
    "ID_TOKEN_EXPIRE_SECONDS": 36_000,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": None,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],
    "ALLOWED_SCHEMES": ["https", "http"],
    "ALLOW_URI_WILDCARDS": True,
    "REQUEST_APPROVAL_PROMPT": "auto",
    "CLIENT_SECRET_GENERATOR_LENGTH": 8,
}


def test_a_deployment_refuses_each_insecure_value(provider: Provider) -> None:  # O30
    """`manage.py check --deploy` of the project: one error for each, and an exit that stops a deployment."""
    given = {"DJANGO_SETTINGS_MODULE": "tests.live.project.provider", "SITE_URL": "https://shop.example"}
    sound = manage(provider.directory, "check", "--deploy", **given)
    assert "nuages.E041" not in sound.stderr
    done = manage(provider.directory, "check", "--deploy", **given, TEST_PROVIDER=json.dumps(INSECURE))
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if "nuages.E041" in line]
    for name in INSECURE:
        assert len([line for line in errors if f"OAUTH2_PROVIDER['{name}']" in line]) == 1, (name, done.stderr)
    assert len(errors) == len(INSECURE)

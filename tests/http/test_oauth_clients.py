"""Registered apps and their tokens as a project handles them: in Python, in the admin, and for an app by itself."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_application_model, get_refresh_token_model

from nuages.identify import epoch
from nuages.oauth import provider_settings
from nuages.oauth.clients import register_client
from nuages.oauth.core import digest_of
from nuages.oauth.families import end

pytestmark = pytest.mark.usefixtures("database")
FORM: Any = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def for_itself(settings: Any) -> None:
    """A provider that also knows apps without users."""
    scopes = {"books:read": "Read the catalogue", "introspection": "See what every token is worth"}
    settings.OAUTH2_PROVIDER = provider_settings(
        scopes=scopes,
        default_scopes=["books:read"],
        issuer="https://shop.example/oauth",
        client_credentials=True,
        ALWAYS_RELOAD_OAUTHLIB_CORE=True,
    )


def _tokens(user: User, app: Any) -> tuple[Any, Any]:
    """An access token and its refresh token, as if the user had allowed it."""
    access = get_access_token_model()(
        user=user, application=app, scope="books:read", expires=timezone.now() + dt.timedelta(minutes=5)
    )
    access._raw_token = f"access-{uuid4()}"
    access.save()
    refresh = get_refresh_token_model()(user=user, application=app, access_token=access, token_family=uuid4())
    refresh._raw_token = f"refresh-{uuid4()}"
    refresh.save()
    return access, refresh


def _begins(change: Callable[[], Any]) -> bool:
    """Whether a change makes everything that is remembered of tokens a thing of the past."""
    before = epoch.present()
    change()
    return epoch.present() != before


def test_a_secret_is_seen_once() -> None:
    """A public app has none; that of another is stored as a slow hash."""
    public, nothing = register_client("Phone", redirect_uris=["http://127.0.0.1/cb"])
    app, secret = register_client("Site", redirect_uris=["https://app.example/cb"], public=False)
    assert (nothing, public.client_type) == ("", "public")
    assert len(secret) >= 32
    assert secret not in app.client_secret
    assert app.client_secret.startswith("md5$")  # the hasher of the tests


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/cb",
        "https://*.app.example/cb",
        "https://app.example/cb#x",
        "https://user@app.example/cb",
        "javascript:alert(1)",
        "com.example.app:/cb",
        "http://localhost/cb",
        "https:///cb",
        "https://app.example/\u00e9",
        "",
    ],
)
def test_an_unsound_redirect_uri_is_not_registered(uri: str) -> None:
    """Neither in Python nor in the admin."""
    with pytest.raises(ValidationError):
        register_client("Evil", redirect_uris=[uri])


def _admin_form(uris: str) -> dict[str, str]:
    return {
        "client_id": "an-id",
        "redirect_uris": uris,
        "client_type": "public",
        "authorization_grant_type": "authorization-code",
        "client_secret": "s" * 40,
        "hash_client_secret": "on",
        "name": "By hand",
        "algorithm": "",
    }


def test_the_admin_registers_native_apps(client: Client, settings: Any) -> None:
    """Loopback addresses are taken, addresses without TLS are not; tokens can be looked at and revoked there."""
    user = User.objects.create_superuser("root")
    client.force_login(user)
    place = "/admin/oauth2_provider/application/add/"
    refused = client.post(place, _admin_form("http://app.example/cb"))
    assert refused.status_code == 200
    assert "may not be registered" in refused.content.decode()
    assert client.post(place, _admin_form("http://127.0.0.1/cb https://app.example/cb")).status_code == 302
    app = get_application_model().objects.get(client_id="an-id")
    access, refresh = _tokens(user, app)
    action = {"action": "revoke_tokens", "_selected_action": [access.pk]}
    assert _begins(lambda: client.post("/admin/oauth2_provider/accesstoken/", action))
    assert not get_access_token_model().objects.exists()
    assert get_refresh_token_model().objects.get(pk=refresh.pk).revoked is not None


def test_whatever_ends_a_token_is_known_at_once() -> None:
    """A revocation, an app that is changed or deleted, a user who is deactivated or deleted; a new token is not."""
    app, _ = register_client("App", redirect_uris=["https://app.example/cb"])
    ann, ben = User.objects.create_user("ann"), User.objects.create_user("ben")
    assert not _begins(lambda: _tokens(ann, app))
    _, refresh = _tokens(ann, app)
    assert _begins(lambda: end(refresh))
    assert not _begins(lambda: end(refresh))
    access, _ = _tokens(ann, app)
    assert _begins(access.delete)
    assert _begins(app.save)
    ben.is_active = False
    assert _begins(ben.save)
    assert _begins(ben.delete)
    assert _begins(app.delete)
    assert not get_access_token_model().objects.exists()


@pytest.mark.usefixtures("for_itself")
def test_an_app_by_itself_is_no_user(client: Client) -> None:  # O25
    """Whatever id it has: its tokens are about nobody, and have no successor."""
    user = User.objects.create_user("ann")
    app, secret = register_client("Machine", public=False, for_itself=True, client_id=str(user.pk))
    shown = {"client_id": app.client_id, "client_secret": secret}
    answer = client.post("/oauth/token/", _form(grant_type="client_credentials", scope="books:read", **shown), **FORM)
    assert answer.status_code == 200, answer.content
    tokens = answer.json()
    assert "refresh_token" not in tokens
    row = get_access_token_model().objects.get(token_checksum=digest_of(tokens["access_token"]))
    assert row.user is None
    told = client.post("/oauth/introspect/", _form(token=tokens["access_token"], **shown), **FORM).json()
    assert told["active"]
    assert not {"sub", "username"} & told.keys()
    code = client.get("/oauth/authorize/", {"response_type": "code", "client_id": app.client_id})
    assert code.status_code == 400


@pytest.mark.usefixtures("for_itself")
def test_a_resource_server_sees_every_token(client: Client) -> None:  # O17
    """With a token that has the scope `introspection`, where the project offers one."""
    server, secret = register_client("Server", public=False, for_itself=True)
    app, _ = register_client("App", redirect_uris=["https://app.example/cb"])
    access, _ = _tokens(User.objects.create_user("ann"), app)
    get_access_token_model().objects.filter(pk=access.pk).update(token_checksum=digest_of("known"))
    shown = {"client_id": server.client_id, "client_secret": secret}
    seen = {}
    for scope in ("introspection", "books:read"):
        token = client.post(
            "/oauth/token/", _form(grant_type="client_credentials", scope=scope, **shown), **FORM
        ).json()
        bearer = {"authorization": f"Bearer {token['access_token']}"}
        seen[scope] = client.post("/oauth/introspect/", _form(token="known"), headers=bearer, **FORM)
    assert seen["introspection"].json()["username"] == "ann"
    assert seen["books:read"].status_code == 401


def _form(**values: str) -> str:
    return urlencode(values)


def test_the_clean_up_keeps_what_detects_reuse(database: BaseDatabaseWrapper) -> None:
    """`manage.py cleartokens` deletes no used refresh token that could still come again."""
    app, _ = register_client("App", redirect_uris=["https://app.example/cb"])
    _, refresh = _tokens(User.objects.create_user("ann"), app)
    end(refresh)
    call_command("cleartokens")
    assert get_refresh_token_model().objects.filter(pk=refresh.pk).exists()


def test_the_page_protects_itself(settings: Any) -> None:  # O24
    """Also in a project without Django's middleware for frames and CSRF."""
    left_out = ("CsrfViewMiddleware", "XFrameOptionsMiddleware", "SecurityMiddleware")
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith(left_out)]
    app, _ = register_client("App", redirect_uris=["https://app.example/cb"])
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_user("ann"))
    asked = {"response_type": "code", "client_id": app.client_id, "code_challenge": "v" * 43}
    url = f"/oauth/authorize/?{_form(**asked, code_challenge_method='S256')}"
    page = client.get(url)
    assert (page.status_code, page["X-Frame-Options"]) == (200, "DENY")
    assert client.post(url, {"answer": "allow"}).status_code == 403
    form = {"answer": "allow", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    assert client.post(url, form).status_code == 303

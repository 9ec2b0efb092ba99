"""Each insecure or impossible value of OAUTH2_PROVIDER is named by a check; what provider_settings gives is not."""

import os
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nuages.oauth import provider_settings
from nuages.oauth.settings import GATES

GIVEN = {"scopes": {"books:read": "Read the catalogue"}, "issuer": "https://shop.example/oauth"}
DAY_S = 24 * 3600

INSECURE = [
    *((gate, False) for gate in GATES),
    ("PKCE_REQUIRED", False),
    ("PKCE_REQUIRED", lambda _: False),
    ("ROTATE_REFRESH_TOKEN", False),
    ("REFRESH_TOKEN_REUSE_PROTECTION", False),
    ("REFRESH_TOKEN_GRACE_PERIOD_SECONDS", 10),
    ("ACCESS_TOKEN_EXPIRE_SECONDS", 36_000),
    ("ACCESS_TOKEN_EXPIRE_SECONDS", 0),
    ("ID_TOKEN_EXPIRE_SECONDS", 36_000),
    ("AUTHORIZATION_CODE_EXPIRE_SECONDS", 600),
    ("REFRESH_TOKEN_EXPIRE_SECONDS", None),
    ("REFRESH_TOKEN_EXPIRE_SECONDS", 0),
    ("REFRESH_TOKEN_EXPIRE_SECONDS", 365 * DAY_S),
    ("ALLOWED_REDIRECT_URI_SCHEMES", ["https", "http"]),
    ("ALLOWED_REDIRECT_URI_SCHEMES", ["https", "JavaScript"]),
    ("ALLOWED_SCHEMES", ["https", "http"]),
    ("ALLOW_URI_WILDCARDS", True),
    ("REQUEST_APPROVAL_PROMPT", "auto"),
    ("OIDC_ISS_ENDPOINT", "http://shop.example/oauth"),
    ("CLIENT_SECRET_GENERATOR_LENGTH", 8),
    ("EXTRA_SERVER_KWARGS", {"token_expires_in": 10**6}),
    ("OAUTH2_TOKEN_ENDPOINT_AUTH_METHODS_SUPPORTED", ["private_key_jwt"]),
]

WRONG = [
    ("OAUTH2_GRANT_TYPES_SUPPORTED", ["authorization_code", "password"]),
    ("OAUTH2_GRANT_TYPES_SUPPORTED", ["implicit"]),
    ("OAUTH2_GRANT_TYPES_SUPPORTED", ["urn:ietf:params:oauth:grant-type:device_code"]),
    ("OAUTH2_RESPONSE_TYPES_SUPPORTED", ["code", "token"]),
    ("OIDC_RESPONSE_TYPES_SUPPORTED", ["code", "id_token"]),
    ("DCR_ENABLED", True),
    ("CIMD_ENABLED", True),
    ("OIDC_RP_INITIATED_LOGOUT_ENABLED", True),
    ("OIDC_RP_INITIATED_REGISTRATION_ENABLED", True),
    ("RESOURCE_SERVER_INTROSPECTION_URL", "https://other.example/introspect"),
    ("OAUTH2_VALIDATOR_CLASS", "oauth2_provider.oauth2_validators.OAuth2Validator"),
    ("OAUTH2_SERVER_CLASS", "oauthlib.oauth2.Server"),
    ("OAUTH2_BACKEND_CLASS", "oauth2_provider.oauth2_backends.OAuthLibCore"),
    ("DEFAULT_SCOPES", ["books:rad"]),
    ("NUAGES_APP_SCOPES", {"reading-list": ["books:rad"]}),
    ("OIDC_ISS_ENDPOINT", ""),
    ("OIDC_ISS_ENDPOINT", "shop.example"),
    ("OIDC_ISS_ENDPOINT", "https://shop.example/oauth/"),
    ("OIDC_ISS_ENDPOINT", "https://shop.example/oauth?x=1"),
    ("OIDC_ISS_ENDPOINT", "https://shop.example/other"),
    ("OIDC_RSA_PRIVATE_KEY_", "misspelt"),
    ("OIDC_RSA_PRIVATE_KEYS_INACTIVE", ["no key"]),
]


def _said(settings: Any, *, deploy: bool, **values: Any) -> str:
    settings.OAUTH2_PROVIDER = provider_settings(**{**GIVEN, **values})
    try:
        call_command("check", deploy=deploy, databases=[], stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        return str(error)
    return ""


def _named(said: str, check: str) -> list[str]:
    return [line for line in said.splitlines() if f"({check})" in line]


def test_what_is_given_is_found_right(settings: Any) -> None:
    """No error and no warning, of ours or of django-oauth-toolkit's."""
    said = _said(settings, deploy=True)
    assert "nuages.E041" not in said
    assert "nuages.E042" not in said
    assert "oauth2_provider." not in said


def _id(each: Any) -> str:
    """The same in every process: a function has its address in its text."""
    return "function" if callable(each) else str(each)[:60]


@pytest.mark.parametrize(("name", "value"), INSECURE, ids=_id)
def test_deployment_refuses_what_is_insecure(settings: Any, name: str, value: Any) -> None:  # O30
    """One error, which names the setting; without --deploy, a developer may go on."""
    found = _named(_said(settings, deploy=True, **_only(name, value)), "nuages.E041")
    assert len(found) == 1
    assert f"OAUTH2_PROVIDER['{name}']" in found[0]
    assert "nuages.E041" not in _said(settings, deploy=False, **_only(name, value))


@pytest.mark.parametrize(("name", "value"), WRONG, ids=_id)
def test_what_cannot_be_is_refused_everywhere(settings: Any, name: str, value: Any) -> None:
    """One error, whether deployed or not."""
    found = _named(_said(settings, deploy=False, **_only(name, value)), "nuages.E042")
    assert len(found) == 1, found


def _only(name: str, value: Any) -> dict[str, Any]:
    return {"issuer": value} if name == "OIDC_ISS_ENDPOINT" else {name: value}


def test_the_command_ends_with_an_error() -> None:  # O30
    """`manage.py check --deploy` exits with 1, and so stops a deployment."""
    code = (
        "import django, sys\n"
        "from django.conf import settings\n"
        "import tests.settings as own\n"
        "from django.core.management import execute_from_command_line\n"
        "del own.DATABASES['postgres']\n"  # which Django 6.1 would look at
        "own.OAUTH2_PROVIDER['REFRESH_TOKEN_REUSE_PROTECTION'] = False\n"
        "execute_from_command_line(['manage.py', 'check', '--deploy'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=_environment())
    assert done.returncode == 1
    assert "nuages.E041" in done.stderr


def test_the_settings_are_made_before_there_are_any() -> None:
    """settings.py imports the function: nothing is configured by it, and django-oauth-toolkit is not imported."""
    code = (
        "import sys\n"
        "from nuages.oauth import provider_settings\n"
        "from django.conf import settings\n"
        f"provider_settings(**{GIVEN!r})\n"
        "assert not settings.configured\n"
        "assert 'oauth2_provider' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_missing_extra_is_named() -> None:
    """Without django-oauth-toolkit the settings say what to install."""
    code = (
        "import importlib.util\n"
        "importlib.util.find_spec = lambda name: None\n"
        "from nuages.oauth import provider_settings\n"
        f"provider_settings(**{GIVEN!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install nuages[oauth]" in done.stderr


def _environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": ":".join(sys.path)}

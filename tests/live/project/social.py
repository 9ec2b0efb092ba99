"""The bookshop where people log in by two OpenID Connect providers, GitHub and Facebook, which the tests play."""

import os

from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as OWN_APPS
from tests.live.project.settings import MIDDLEWARE as OWN_MIDDLEWARE
from tests.support.stand_ins import FACEBOOK, GITHUB
from tests.support.upstream import CLIENT

ROOT_URLCONF = "tests.live.project.social_urls"
INSTALLED_APPS = [
    *OWN_APPS,
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.facebook",
    "allauth.socialaccount.providers.github",
    "nuages.social",
]
MIDDLEWARE = [*OWN_MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
HEADLESS_ONLY = True
HEADLESS_TOKEN_STRATEGY = "nuages.social.tokens.FamilyTokens"
HEADLESS_FRONTEND_URLS = {"socialaccount_login_error": "/failed", "account_confirm_email": "/confirm/{key}"}
SOCIALACCOUNT_ADAPTER = "nuages.social.adapter.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = os.environ.get("TEST_BY_ADDRESS", "0") == "1"
SOCIALACCOUNT_QUERY_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "none"
NUAGES_SOCIAL_API = "Bookshop"
_STAND_INS = os.environ.get("TEST_STAND_INS", "http://127.0.0.1:1")
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {**CLIENT, "provider_id": name, "name": name, "settings": {"server_url": url}}
            for name, url in zip("ab", os.environ.get("TEST_UPSTREAMS", "").split(), strict=False)
        ]
    },
    "github": {"APP": GITHUB, "OAUTH_PKCE_ENABLED": True, "GITHUB_URL": _STAND_INS},
    "facebook": {
        "APP": FACEBOOK,
        "AUTHORIZE_URL": f"{_STAND_INS}/dialog/oauth",
        "GRAPH_API_URL": f"{_STAND_INS}/graph",
    },
}

if "TEST_FACEBOOK_PKCE" in os.environ:
    SOCIALACCOUNT_PROVIDERS["facebook"]["OAUTH_PKCE_ENABLED"] = True

"""The bookshop's settings, and logins by another bookshop: an OpenID Connect provider in a process of its own."""

import os

from bookshop.settings import *  # noqa: F403
from bookshop.settings import INSTALLED_APPS, MIDDLEWARE

ROOT_URLCONF = "tests.browser.project.urls"
INSTALLED_APPS += ["allauth", "allauth.account", "allauth.headless", "allauth.mfa", "allauth.socialaccount"]
INSTALLED_APPS += ["nuages.social"]
MIDDLEWARE += ["allauth.account.middleware.AccountMiddleware"]
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "branch_session", "branch_csrf"  # cookies know no ports
HEADLESS_ONLY = True
HEADLESS_TOKEN_STRATEGY = "nuages.social.tokens.FamilyTokens"
HEADLESS_FRONTEND_URLS = {"socialaccount_login_error": "/failed", "account_confirm_email": "/confirm/{key}"}
SOCIALACCOUNT_ADAPTER = "nuages.social.adapter.SocialAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
NUAGES_SOCIAL_API = "Bookshop"
NUAGES_FACTORS = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
_ORIGIN = os.environ.get("SITE_URL", "http://127.0.0.1:1").replace("127.0.0.1", "localhost")  # numbers have no passkeys
NUAGES_PASSKEYS = {"rp_id": "localhost", "name": "The branch", "origins": [_ORIGIN]}
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "bookshop",
                "name": "The bookshop",
                "client_id": "branch",
                "secret": os.environ.get("TEST_CLIENT_SECRET", "-"),
                "settings": {"server_url": os.environ.get("TEST_PROVIDER", "http://127.0.0.1:1/oauth")},
            }
        ]
    }
}

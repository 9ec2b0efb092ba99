"""Settings of a project behind nginx, which speaks TLS for it."""

import os

from tests.live.project.settings import *  # noqa: F403

ALLOWED_HOSTS = ["shop.example"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
NUAGES_ABSOLUTE_URLS = True
NUAGES_STRAIGHT = os.environ.get("TEST_STRAIGHT", "1") == "1"
globals().pop("NUAGES_TRUSTED_PROXIES", None)  # what a Unix socket makes of its absence is tested

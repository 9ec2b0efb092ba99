"""The settings that all peers on Django share. PEER chooses the URLs and the extra apps; nothing else differs."""

import os
from typing import Any

from common.environment import DATABASE, SECRET, SOCKET, SQLITE, USER

PEER = os.environ.get("PEER", "")

SECRET_KEY = SECRET
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
APPEND_SLASH = False
MIDDLEWARE: list[str] = []  # JSON alone: no sessions, CSRF, messages; the peers without Django have none either
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_URLS = {
    "drf": "on_django.drf",
    "ninja": "on_django.ninja",
    "dmr": "on_django.dmr",
    "nuages": "on_django.nuages_urls",
}
_APPS = {
    "drf": ["rest_framework", "django_filters"],
    "bolt": ["django_bolt"],
    "nuages": ["nuages"],
}
ROOT_URLCONF = _URLS.get(PEER, "on_django.no_urls")
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "on_django.shop", *_APPS.get(PEER, [])]


def _postgresql() -> dict[str, Any]:
    """A connection for each thread that stays open, as Django's documentation has it for WSGI; or a pool."""
    database: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "NAME": DATABASE, "USER": USER}
    database |= {"HOST": SOCKET, "CONN_MAX_AGE": 600, "OPTIONS": {}}
    if size := os.environ.get("DJANGO_POOL"):  # what django-bolt's documentation asks for
        database["CONN_MAX_AGE"] = 0
        database["OPTIONS"]["pool"] = {"min_size": 2, "max_size": int(size)}
    return database


_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": SQLITE,
    "CONN_MAX_AGE": 600,
    # As examples/bookshop has it.
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=268435456;",
    },
}
DATABASES = {"default": _SQLITE if SQLITE else _postgresql()}

# No access log anywhere; django.server is the logger of django-bolt's.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {name: {"level": "ERROR"} for name in ("django.server", "django.request", "django_bolt")},
}

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_FILTER_BACKENDS": [],
    "UNAUTHENTICATED_USER": None,
}
SIMPLE_JWT = {"SIGNING_KEY": SECRET, "ALGORITHM": "HS256", "USER_ID_CLAIM": "user_id"}
DMR_SETTINGS = {"validate_responses": False}  # what its documentation says for production
BOLT_API = ["on_django.bolt:api"]

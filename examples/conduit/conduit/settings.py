"""Turn the environment into Django settings: development needs none, production sets a few variables.

DEBUG          1 or 0. On unless told otherwise, because this is a demo.
SECRET_KEY     any long random string; demanded as soon as DEBUG is 0.
ALLOWED_HOSTS  host names this site answers to, separated by commas.
TOKEN_KEYS     the key pairs that sign access tokens, as `manage.py nuages key` makes them; or one shared TOKEN_KEY.
DATABASE_URL   e.g. postgres://user:password@host/name, or postgres://user@%2Frun%2Fpostgresql/name for a socket.
ORIGINS        the pages that may ask from a browser, such as https://conduit.example, separated by commas; in
               development any may.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from nuages import env

BASE_DIR = Path(__file__).resolve().parent.parent


def _listed(name: str, default: str = "") -> list[str]:
    return [each.strip() for each in os.environ.get(name, default).split(",") if each.strip()]


DEBUG = os.environ.get("DEBUG", "1") != "0"
# Fixed, so that a reload keeps logins alive; Django's prefix lets `check --deploy` recognise it.
SECRET_KEY = os.environ.get("SECRET_KEY", "django-insecure-conduit-for-development-only" if DEBUG else "")
if not DEBUG and (not SECRET_KEY or SECRET_KEY.startswith("django-insecure-")):
    raise ImproperlyConfigured("DEBUG is 0, so SECRET_KEY must be set to a long random string of your own.")
ALLOWED_HOSTS = _listed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "nuages", "blog"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
ROOT_URLCONF = "conduit.urls"

DATABASES = env.databases(BASE_DIR / "db.sqlite3")  # SQLite beside manage.py, or whatever DATABASE_URL says
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True

AUTH_USER_MODEL = "blog.User"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
# Access tokens are signed with one of these; in development with a key that comes from SECRET_KEY.
NUAGES_TOKEN_KEY = os.environ.get("TOKEN_KEY") or None
NUAGES_TOKEN_KEYS = os.environ.get("TOKEN_KEYS") or None
# Conduit's front ends are pages of other origins, and send their token themselves: no cookie comes along.
CORS_ALLOWED_ORIGINS = _listed("ORIGINS")
CORS_ALLOW_ALL_ORIGINS = DEBUG and not CORS_ALLOWED_ORIGINS

"""Turn the environment into Django settings: development needs none, production sets a few variables.

DEBUG          1 or 0. On unless told otherwise, because this is a demo.
SECRET_KEY     any long random string; demanded as soon as DEBUG is 0.
ALLOWED_HOSTS  host names this site answers to, separated by commas.
TOKEN_KEYS     the key pairs that sign access tokens, as `manage.py nuages key` makes them; or one shared TOKEN_KEY.
SITE_URL       https://shop.example, for the links of mails, and by which other people's apps know this site; without
               it there are no accounts by mail in production.
OAUTH_SIGNING_KEY  an RSA private key as PEM, with which they can also log users in (OpenID Connect).
DATABASE_URL   e.g. postgres://user:password@host/name, or postgres://user@%2Frun%2Fpostgresql/name for a socket.
REDIS_URL      e.g. redis://host:6379/0, which several servers of this site share; jobs go over it, too.

Before going live, `manage.py check --deploy` names what is still open (HTTPS and its cookies depend on your proxy).
"""

import os
from pathlib import Path

from django import VERSION
from django.core.exceptions import ImproperlyConfigured

from nuages import env
from nuages.oauth import provider_settings

BASE_DIR = Path(__file__).resolve().parent.parent


def _read_switch(name: str, default: str) -> bool:
    value = os.environ.get(name, default).strip().lower()
    if value not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        # A misspelt "flase" must not quietly count as "on".
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in {"1", "true", "yes", "on"}


DEBUG = _read_switch("DEBUG", "1")

# Fixed, so that a reload keeps sessions alive; Django's prefix lets `check --deploy` recognise it.
_DEVELOPMENT_KEY = "django-insecure-bookshop-for-development-only-never-for-a-real-site"
SECRET_KEY = os.environ.get("SECRET_KEY", "") or (_DEVELOPMENT_KEY if DEBUG else "")
if not DEBUG and SECRET_KEY in {"", _DEVELOPMENT_KEY}:
    raise ImproperlyConfigured(
        "DEBUG is 0, so SECRET_KEY must be set in the environment to a long random string of your own. Make one with: "
        'python -c "import secrets; print(secrets.token_urlsafe(50))"'
    )

ALLOWED_HOSTS = [
    host.strip() for host in os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host.strip()
]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "nuages",
    "oauth2_provider",
    "nuages.oauth",
    "nuages.webhooks",
    "shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "bookshop.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# SQLite beside manage.py, or whatever DATABASE_URL says, and replicas of it by DATABASE_REPLICA_URLS.
DATABASES = env.databases(BASE_DIR / "db.sqlite3")
DATABASE_ROUTERS = ["nuages.routers.Replicas"] if "replica1" in DATABASES else []
# Where there are several servers, limits are counted here, and who has changed what no replica has yet.
NUAGES_REDIS_URL = env.redis_url()
# Jobs are run beside the server; with REDIS_URL by RQ's workers, those of `manage.py rqworker` too.
TASKS, RQ_QUEUES = env.tasks(), env.rq_queues()
if RQ_QUEUES:
    INSTALLED_APPS += ["django_rq"]
    MIGRATION_MODULES = {"django_rq": None}  # which makes no table
# Access tokens are signed with one of these; in development with a key that comes from SECRET_KEY.
NUAGES_TOKEN_KEY = os.environ.get("TOKEN_KEY") or None
NUAGES_TOKEN_KEYS = os.environ.get("TOKEN_KEYS") or None
# Accounts by mail, whose links lead to the page at /account/. In development mails appear on the console.
SITE_URL = os.environ.get("SITE_URL", "http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
NUAGES_ACCOUNTS = {
    **dict.fromkeys(("register", "change_password", "reset_password", "change_email"), bool(SITE_URL)),
    "links": {name: f"{SITE_URL}/account/#{name}={{token}}" for name in ("confirm", "reset", "email") if SITE_URL},
}
_MAILER = f"django.core.mail.backends.{'console' if DEBUG else 'smtp'}.EmailBackend"
if VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": _MAILER, "OPTIONS": {} if DEBUG else {"timeout": 10}}}
else:
    EMAIL_BACKEND, EMAIL_TIMEOUT = _MAILER, 10
# Customers may have their orders told to servers of theirs; in development to this machine's, too.
NUAGES_WEBHOOK_EVENTS = ["order.placed", "order.paid"]
NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8", "::1/128"] if DEBUG else []
NUAGES_BANNER = "shop.people.banner"

# Other people's apps may ask a user to let them in: nuages.oauth, whose pages are below /oauth/.
OAUTH2_PROVIDER = provider_settings(
    scopes={
        "books:read": "Read the catalogue",
        "orders:read": "See your orders",
        "orders:write": "Order and pay for you",
        "reviews:write": "Write reviews in your name",
    },
    default_scopes=["books:read"],
    app_scopes={"reading-list": ["orders:read"]},
    issuer=f"{SITE_URL or 'http://127.0.0.1:8000'}/oauth",
    signing_key=os.environ.get("OAUTH_SIGNING_KEY", ""),
)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/admin/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"  # where `collectstatic` puts the admin's files, which `serve` sends

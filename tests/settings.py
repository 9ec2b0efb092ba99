"""The Django settings of the tests: every app, both databases, nothing slow."""

from nuages.oauth import provider_settings

INSTALLED_APPS = [
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.openid_connect",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "nuages",
    "nuages.social",
    "nuages.webhooks",
    "oauth2_provider",
    "nuages.oauth",
    "rest_framework_simplejwt.token_blacklist",
    "shop",  # examples/bookshop, whose models the tests of the demo use
    "tests.zoo",  # models with every kind of field and relation
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": "nuages.sqlite3",  # never made: tests/conftest.py names the tests' own file
        # As a server wants it, see examples/bookshop; but a test loses nothing in a crash, so no flush to disk.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    },
    "postgres": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "nuages",
        "USER": "postgres",
        "HOST": "",  # tests/conftest.py fills it in when the server has started
        # Neither database waits for the other, so that a test may ask for one alone.
        "TEST": {"DEPENDENCIES": []},
    },
}
DATABASE_ROUTERS = ["tests.support.router.ChosenDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOT_URLCONF = "tests.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
SECRET_KEY = "only for the tests of Nuages, and long enough to be accepted by every check"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a fast one: tests log in often
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
TIME_ZONE = "Europe/Paris"  # not UTC, so that a forgotten conversion shows
USE_TZ = True

# What webhooks tell of.
NUAGES_WEBHOOK_EVENTS = ["order.placed", "order.paid"]

# Of the bookshop's access tokens, since the tests run without DEBUG.
NUAGES_TOKEN_KEY = "a secret of the tests, which signs nothing else"

# Logins by other providers; which ones there are, tests say.
HEADLESS_ONLY = True
HEADLESS_TOKEN_STRATEGY = "nuages.social.tokens.FamilyTokens"
HEADLESS_FRONTEND_URLS = {"account_confirm_email": "/confirm/{key}", "socialaccount_login_error": "/failed"}
SOCIALACCOUNT_ADAPTER = "nuages.social.adapter.SocialAdapter"
NUAGES_SOCIAL_API = "Bookshop"
LOGIN_URL = "/login/"
OAUTH2_PROVIDER = provider_settings(
    scopes={"books:read": "Read the catalogue", "orders:write": "Order for you"},
    default_scopes=["books:read"],
    issuer="https://shop.example/oauth",
)

# Django's tasks as jobs; there is no default, so that no job is handed to anybody.
TASKS = {
    "jobs": {
        "BACKEND": "nuages.jobs.backend.JobBackend",
        "QUEUES": ["default", "slow"],
        "OPTIONS": {"max_attempts": 2, "backoff_s": 0},
    },
    "other": {"BACKEND": "nuages.jobs.backend.JobBackend"},
}

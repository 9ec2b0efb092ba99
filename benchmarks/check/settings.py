"""The Django settings of the check: the bookshop on both databases, served straight, as an ordinary project would."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "nuages",
    "shop",
]

# The aliases are the vendors' names. `benchmarks.databases` or `counted` says where each lies before anything connects.
DATABASES = {
    "default": {},
    "sqlite": {
        "ENGINE": "django.db.backends.sqlite3",
        # As examples/bookshop has it, without its mmap: a mapped file costs the same for each reader but the first.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        "CONN_MAX_AGE": None,
    },
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "CONN_MAX_AGE": None,
    },
}
DATABASE_ROUTERS = ["tests.support.router.ChosenDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOT_URLCONF = "benchmarks.check.api"
ALLOWED_HOSTS = ["api.example.com"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

SECRET_KEY = "only for the benchmarks of Nuages, and long enough to be accepted by every check"
TIME_ZONE = "UTC"
USE_TZ = True

"""The Django settings of the benchmarks: the bookshop on both databases, as a server would run it."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "nuages",
    "shop",
]

# The aliases are the vendors' names. `benchmarks.databases` says where each lies before anything connects.
DATABASES = {
    "default": {},
    "sqlite": {
        "ENGINE": "django.db.backends.sqlite3",
        # As examples/bookshop has it.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=268435456;",
        },
    },
    "postgresql": {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres"},
}
DATABASE_ROUTERS = ["tests.support.router.ChosenDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = "only for the benchmarks of Nuages, and long enough to be accepted by every check"
TIME_ZONE = "UTC"
USE_TZ = True

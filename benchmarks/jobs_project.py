"""A project whose jobs do nothing: that of django-tasks-db where it is installed, of Nuages elsewhere.

    DJANGO_SETTINGS_MODULE=benchmarks.jobs_project python -m benchmarks.jobs_project 1000

No model lives here. It enqueues so many jobs, and prints how many seconds that took.
"""

import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HAS_PEER = importlib.util.find_spec("django_tasks_db") is not None

SECRET_KEY = "nothing of this is secret, and nobody else is asked to believe it; it is long enough"
USE_TZ = True
ROOT_URLCONF = "benchmarks.jobs_urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    *(["django_tasks", "django_tasks_db"] if HAS_PEER else ["nuages"]),
]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}} if HAS_PEER else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []
_POSTGRES = os.environ.get("BENCH_POSTGRES", "")
DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "HOST": _POSTGRES,
        "CONN_MAX_AGE": None,
    }
    if _POSTGRES
    else {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("BENCH_SQLITE", ":memory:"),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}


def main(number: int) -> None:
    """Enqueue jobs, one transaction each."""
    import django  # noqa: PLC0415  # after the settings, which are this module

    django.setup()
    from benchmarks.jobs_urls import rest  # noqa: PLC0415

    rest.enqueue(0)
    begun_s = time.perf_counter()
    for each in range(1, number):
        rest.enqueue(each)
    print(time.perf_counter() - begun_s)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    main(int(sys.argv[1]))

"""The demo's settings are safe by default and take the rest from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BOOKSHOP = Path(__file__).parents[2] / "examples/bookshop"
OWN_KEY = "a-key-that-nobody-else-has-and-no-output-may-show"


def _run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a new process with these variables and none of ours."""
    ours = {
        "DEBUG",
        "SITE_URL",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "TOKEN_KEY",
        "TOKEN_KEYS",
        "DATABASE_URL",
        "REDIS_URL",
        "DJANGO_SETTINGS_MODULE",
    }
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "-c", f"from bookshop.settings import *\nfrom bookshop.settings import _MAILER\n{code}"],
        env=kept | environment,
        cwd=BOOKSHOP,
        capture_output=True,
        text=True,
        check=False,
    )


def _value(expression: str, **environment: str) -> str:
    done = _run(f"print({expression})", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_development_needs_no_variable() -> None:
    """Nothing set: debugging on, only this machine's names, SQLite beside manage.py, and not a word on the console."""
    done = _run("print(DEBUG, ALLOWED_HOSTS, DATABASES['default']['NAME'])")
    assert done.stdout.strip() == f"True ['localhost', '127.0.0.1', '[::1]'] {BOOKSHOP / 'db.sqlite3'}"
    assert done.stderr == ""


def test_sqlite_is_set_up_for_a_server() -> None:
    """SQLite writes ahead, takes its lock at the start and waits for it."""
    options = _value("DATABASES['default']['OPTIONS']")
    for part in ("'transaction_mode': 'IMMEDIATE'", "'timeout': 20", "journal_mode=WAL", "synchronous=NORMAL"):
        assert part in options


@pytest.mark.parametrize("environment", [{}, {"SECRET_KEY": ""}])
def test_production_demands_a_key(environment: dict[str, str]) -> None:
    """With DEBUG=0 there is no start without a key, and the error says how to make one."""
    done = _run("", DEBUG="0", **environment)
    assert done.returncode != 0
    assert "DEBUG is 0, so SECRET_KEY must be set" in done.stderr
    assert "token_urlsafe" in done.stderr


def test_production_refuses_the_development_key() -> None:
    """The key that stands in the source is no secret."""
    done = _run("", DEBUG="0", SECRET_KEY=_value("SECRET_KEY"))
    assert "SECRET_KEY must be set" in done.stderr


def test_key_is_never_shown() -> None:
    """A key of one's own is used, and appears in no error."""
    assert _value("SECRET_KEY", DEBUG="0", SECRET_KEY=OWN_KEY) == OWN_KEY
    assert OWN_KEY not in _run("", DEBUG="perhaps", SECRET_KEY=OWN_KEY).stderr


@pytest.mark.parametrize(("word", "debug"), [("1", "True"), ("on", "True"), ("0", "False"), ("False", "False")])
def test_debug_is_a_switch(word: str, debug: str) -> None:
    """DEBUG is read in the usual spellings."""
    assert _value("DEBUG", DEBUG=word, SECRET_KEY=OWN_KEY) == debug


def test_misspelt_debug_is_an_error() -> None:
    """A typing error neither switches debugging on nor off."""
    assert "DEBUG must be 1 or 0, not 'flase'" in _run("", DEBUG="flase").stderr


def test_hosts_are_listed_with_commas() -> None:
    """ALLOWED_HOSTS takes several names, spaces or not."""
    assert _value("ALLOWED_HOSTS", ALLOWED_HOSTS="shop.example, api.shop.example,") == (
        "['shop.example', 'api.shop.example']"
    )


def test_postgresql_is_reached_through_a_socket() -> None:
    """A percent-encoded directory is the place of a unix socket, whatever its letters' case."""
    url = "postgres://postgres@%2Ftmp%2FMy%20Sock/shop"
    assert _value("[DATABASES['default'][key] for key in ('ENGINE', 'HOST', 'USER', 'NAME')]", DATABASE_URL=url) == (
        "['django.db.backends.postgresql', '/tmp/My Sock', 'postgres', 'shop']"
    )


def test_postgresql_has_a_pool() -> None:
    """With PostgreSQL's own options, and none of SQLite's."""
    url = "postgres://user:secret@db.example:5433/shop?sslmode=require"
    expression = "[DATABASES['default']['PORT'], *sorted(DATABASES['default']['OPTIONS'])]"
    alive = "'keepalives_idle', 'keepalives_interval'"
    wanted = f"[5433, 'connect_timeout', {alive}, 'pool', 'sslmode', 'tcp_user_timeout']"
    assert _value(expression, DATABASE_URL=url) == wanted


def test_redis_is_where_the_environment_says() -> None:
    """Without it there is none."""
    assert _value("NUAGES_REDIS_URL", REDIS_URL="redis://cache.example:6379/0") == "redis://cache.example:6379/0"
    assert _value("repr(NUAGES_REDIS_URL)") == "''"


def test_mails_lead_to_the_site_or_are_not_there() -> None:
    """In production only with an address of one's own."""
    expression = "(NUAGES_ACCOUNTS['register'], NUAGES_ACCOUNTS['links'].get('reset'), _MAILER.split('.')[-2])"
    assert _value(expression) == "(True, 'http://127.0.0.1:8000/account/#reset={token}', 'console')"
    assert _value(expression, DEBUG="0", SECRET_KEY=OWN_KEY) == "(False, None, 'smtp')"
    with_site = _value(expression, DEBUG="0", SECRET_KEY=OWN_KEY, SITE_URL="https://shop.example/")
    assert with_site == "(True, 'https://shop.example/account/#reset={token}', 'smtp')"

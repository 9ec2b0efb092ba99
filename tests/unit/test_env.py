"""The environment alone says which databases there are; what a server needs of them is added, and no password shown."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from nuages import env

FILE = Path("/srv/shop/db.sqlite3")
POSTGRES = "postgres://shop:se%2Fcret@db.example:5433/shop"
SECRET = "se/cret"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without any of the variables."""
    for name in ("DATABASE_URL", "DATABASE_REPLICA_URLS", "DATABASE_POOL", "REDIS_URL", "NUAGES_THREADS"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_without_variables_the_default_holds() -> None:
    """A file, whatever its name has in it, or a URL."""
    assert env.databases(Path("/a?b%20/#c"))["default"]["NAME"] == Path("/a?b%20/#c")
    assert env.databases("sqlite:////srv/shop/other.sqlite3")["default"]["NAME"] == "/srv/shop/other.sqlite3"
    assert list(env.databases(FILE)) == ["default"]
    assert env.redis_url() == ""


@pytest.mark.parametrize("url", ["", "sqlite:////srv/shop/db.sqlite3"])
def test_sqlite_is_set_up_for_a_server(environment: pytest.MonkeyPatch, url: str) -> None:
    """It writes ahead, takes its lock at the start and waits for it; threads keep what they have opened."""
    environment.setenv("DATABASE_URL", url)
    database = env.databases(FILE)["default"]
    assert str(database["NAME"]) == str(FILE)
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)
    assert (database["OPTIONS"]["transaction_mode"], database["OPTIONS"]["timeout"]) == ("IMMEDIATE", 20)
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_options_of_the_url_win(environment: pytest.MonkeyPatch) -> None:
    """Each database has its own."""
    environment.setenv("DATABASE_URL", "sqlite:///db.sqlite3?timeout=5")
    assert env.databases(FILE)["default"]["OPTIONS"]["timeout"] == 5
    environment.setenv("DATABASE_URL", f"{POSTGRES}?sslmode=require&connect_timeout=9")
    options = env.databases(FILE)["default"]["OPTIONS"]
    assert (options["sslmode"], options["connect_timeout"], options["tcp_user_timeout"]) == ("require", 9, 2500)


def test_postgresql_has_a_pool_for_its_threads(environment: pytest.MonkeyPatch) -> None:
    """One connection for each thread of a process and two more; waiting for one and for the database has an end."""
    environment.setenv("DATABASE_URL", POSTGRES)
    database = env.databases(FILE, threads=6)["default"]
    assert [database[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")] == [
        "db.example",
        5433,
        "shop",
        SECRET,
        "shop",
    ]
    pool = database["OPTIONS"]["pool"]
    assert (pool["max_size"], database["CONN_MAX_AGE"], database["DISABLE_SERVER_SIDE_CURSORS"]) == (8, 0, False)
    assert database["OPTIONS"]["connect_timeout"] + pool["timeout"] < 5


def test_what_serve_says_of_threads_wins(environment: pytest.MonkeyPatch) -> None:
    """It sets the variable for its workers; without it and the setting there are eight at most."""
    environment.setenv("DATABASE_URL", POSTGRES)
    assert env.databases(FILE)["default"]["OPTIONS"]["pool"]["max_size"] <= 10
    environment.setenv("NUAGES_THREADS", "12")
    assert env.databases(FILE, threads=6)["default"]["OPTIONS"]["pool"]["max_size"] == 14
    environment.setenv("NUAGES_THREADS", "many")
    with pytest.raises(ImproperlyConfigured, match=r"NUAGES_THREADS must be a whole number from 1, not 'many'"):
        env.databases(FILE)


def test_the_pool_is_as_large_as_chosen_or_not_there(environment: pytest.MonkeyPatch) -> None:
    """DATABASE_POOL=0: each thread keeps its own connection, which Django looks at before it is used again."""
    environment.setenv("DATABASE_URL", POSTGRES)
    environment.setenv("DATABASE_POOL", "3")
    assert env.databases(FILE)["default"]["OPTIONS"]["pool"]["max_size"] == 3
    environment.setenv("DATABASE_POOL", "0")
    database = env.databases(FILE)["default"]
    assert "pool" not in database["OPTIONS"]
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)
    environment.setenv("DATABASE_POOL", "few")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_POOL must be a whole number of connections, not 'few'"):
        env.databases(FILE)


def test_a_transaction_pooler_is_told_by_the_url(environment: pytest.MonkeyPatch) -> None:
    """Then Django keeps no cursor on the server between transactions; libpq, which knows no such option, sees none."""
    environment.setenv("DATABASE_URL", f"{POSTGRES}?pgbouncer=true")
    database = env.databases(FILE)["default"]
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "pgbouncer" not in database["OPTIONS"]


def test_replicas_mirror_the_default_database_in_tests(environment: pytest.MonkeyPatch) -> None:
    """As Django's documentation has it; each has a pool of its own."""
    environment.setenv("DATABASE_URL", POSTGRES)
    environment.setenv("DATABASE_REPLICA_URLS", "postgres://a@one/shop  postgres://a@two/shop")
    found = env.databases(FILE)
    assert [(name, each["HOST"]) for name, each in found.items()] == [
        ("default", "db.example"),
        ("replica1", "one"),
        ("replica2", "two"),
    ]
    assert found["replica2"]["TEST"] == {"MIRROR": "default"}
    assert found["replica2"]["OPTIONS"]["pool"] == found["default"]["OPTIONS"]["pool"]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DATABASE_URL", "hunter2", "DATABASE_URL is no URL of a database. Write postgres://"),
        ("DATABASE_URL", "hunter2://a:b@c/d", "DATABASE_URL is no URL of a database."),
        ("DATABASE_URL", "postgres://shop:hun/hunter2@db/shop", "DATABASE_URL is no URL of a database."),
        ("DATABASE_URL", "postgres://shop:hunter2@[db/shop", "DATABASE_URL is no URL of a database."),
        ("DATABASE_URL", "postgres://shop:hunter2@db", "DATABASE_URL names no database."),
        ("DATABASE_URL", "postgres://shop:hunter2@db/shop?sslmod=require", "DATABASE_URL says ?sslmod=, which its"),
        ("DATABASE_URL", "sqlite:////srv/hunter2?pragma=1", "DATABASE_URL says ?pragma=, which its database does not"),
        ("DATABASE_REPLICA_URLS", "postgres://shop:hunter2@db", "DATABASE_REPLICA_URLS names no database."),
        ("REDIS_URL", "http://a:hunter2@b", "REDIS_URL is no address of a Redis. Write redis://"),
        ("REDIS_URL", "redis://a:hun/hunter2@b:63x/0", "REDIS_URL is no address of a Redis."),
    ],
)
def test_a_wrong_address_is_told_and_not_repeated(
    environment: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    """The error names the variable, and neither it nor what led to it has the password in it."""
    environment.setenv(variable, value)
    with pytest.raises(ImproperlyConfigured) as caught:
        [env.databases(FILE), env.redis_url()]
    assert str(caught.value).startswith(said)
    error: Any = caught.value
    while error is not None:
        assert "hunter2" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.mark.parametrize("url", ["redis://host:6379/0", "rediss://:pw@host/1", "unix:///run/valkey.sock"])
def test_a_redis_is_taken_as_it_is(environment: pytest.MonkeyPatch, url: str) -> None:
    """Its own client reads the rest."""
    environment.setenv("REDIS_URL", url)
    assert env.redis_url() == url

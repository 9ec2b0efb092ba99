"""What all processes may want of a PostgreSQL is compared with what it has; nothing else is said."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from nuages.execute.capacity import database_remarks, pool_size, shortage

POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db", "PORT": ""}


@pytest.fixture
def postgres(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """PostgreSQL with its usual 100 connections, of which 3 are the administrators'."""
    for name in ("NUAGES_INSTANCES", "NUAGES_WORKERS", "NUAGES_THREADS"):
        monkeypatch.delenv(name, raising=False)
    return connections["postgres"]


def _warned(found: list[Any]) -> list[str]:
    return [each.msg for each in found if each.id == "nuages.W051"]


@pytest.mark.django_db(databases=["postgres"])
def test_as_many_as_there_are_is_well(postgres: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """97 fit; one more is told, with the numbers and the setting."""
    settings.NUAGES_THREADS = 97
    assert shortage(postgres, workers=1) == ""
    assert _warned(run_checks(databases=["postgres"])) == []
    settings.NUAGES_THREADS = 49
    assert shortage(postgres, workers=2) == (
        "1 x 2 x 49 = 98 connections (instances, workers, each), of 97 that it has"
    )
    assert "1 x 1 x 122 = 122" in shortage(postgres, workers=1, has_lanes=True)
    monkeypatch.setenv("NUAGES_INSTANCES", "2")
    [said] = _warned(run_checks(databases=["postgres"]))
    assert said.startswith("Database 'postgres': 2 x 1 x 49 = 98 connections")
    assert _warned(run_checks(databases=[])) == [], "a database was asked that nobody named"


@pytest.mark.django_db(databases=["postgres"])
def test_a_limit_of_the_database_counts(postgres: Any, settings: Any) -> None:
    """Where it is lower than the server's."""
    settings.NUAGES_THREADS = 8
    with postgres.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{postgres.settings_dict["NAME"]}" CONNECTION LIMIT 7')
    assert shortage(postgres, workers=1).endswith("of 7 that it has")


@pytest.mark.django_db(databases=["default", "postgres"])
def test_a_pooler_and_sqlite_are_not_asked(postgres: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has limits of its own, the other none."""
    settings.NUAGES_THREADS = 1000
    assert shortage(connections["default"], workers=9) == ""
    monkeypatch.setitem(postgres.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert shortage(postgres, workers=9) == ""


@pytest.mark.parametrize("given", ["0", "many", "-1"])
@pytest.mark.django_db(databases=["postgres"])
def test_instances_are_a_number(postgres: Any, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """Of one at least."""
    monkeypatch.setenv("NUAGES_INSTANCES", given)
    with pytest.raises(ImproperlyConfigured, match="NUAGES_INSTANCES must be a whole number from 1"):
        shortage(postgres, workers=1)


def _remarks(settings: Any, **database: Any) -> list[str]:
    settings.DATABASES = {"default": POSTGRES | database}
    return [remark.id for remark in database_remarks()]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_pool_for_fewer_than_its_threads_is_told(settings: Any) -> None:
    """As psycopg reads its options: without a greatest size it is the smallest, which is 4."""
    settings.NUAGES_THREADS = 5
    assert [pool_size({"OPTIONS": {"pool": pool}}) for pool in (True, {"min_size": 7}, {"max_size": 9}, {})] == [
        *(4, 7, 9),
        None,
    ]
    assert _remarks(settings, OPTIONS={"pool": True}) == ["nuages.W052"]
    assert _remarks(settings, OPTIONS={"pool": {"max_size": 5}}) == []
    assert _remarks(settings) == []


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
@pytest.mark.parametrize("signs", [{"PORT": 6432}, {"PORT": "6432"}, {"HOST": "aws-0.pooler.example"}])
def test_what_looks_like_a_pooler_is_told(settings: Any, signs: Any) -> None:
    """Unless the project says that it knows."""
    assert _remarks(settings, **signs) == ["nuages.W053"]
    assert _remarks(settings, **signs, DISABLE_SERVER_SIDE_CURSORS=True) == []
    assert _remarks(settings, **signs, ENGINE="django.db.backends.mysql") == []

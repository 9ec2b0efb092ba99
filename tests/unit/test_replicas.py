"""Which databases are replicas, what goes to them, and what is wrong in how they are declared."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import router

from nuages.configuration import setting_mistakes
from nuages.replicas.mistakes import replica_remarks
from nuages.replicas.reading import make_reading
from nuages.routers import Replicas, chosen, replica_aliases
from shop.models import Tag

POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}
DATABASES = {
    "default": POSTGRES,
    "near": {**POSTGRES, "TEST": {"MIRROR": "default"}},
    "statistics": POSTGRES,
    "copy": {**POSTGRES, "TEST": {"MIRROR": "statistics"}},
}

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")


@pytest.fixture
def project(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project with one replica of its default database."""
    settings.DATABASES = DATABASES
    settings.NUAGES_REDIS_URL = "redis://cache.example:6379/0"
    monkeypatch.setattr(router, "routers", [Replicas()])
    return settings


def _row(alias: str | None) -> Any:
    return SimpleNamespace(_state=SimpleNamespace(db=alias))


def test_replicas_are_those_that_mirror_the_default_database(project: Any) -> None:
    """As Django's documentation tells them, and none of another database's."""
    assert replica_aliases() == ("near",)


def test_only_the_statement_of_a_read_goes_to_a_replica(project: Any) -> None:
    """And only where one was chosen; what is written goes where it always did, rows of a replica back home."""
    replicas = Replicas()
    token = chosen.set("near")
    try:
        assert replicas.db_for_read(Tag, plan=True) == "near"
        assert replicas.db_for_read(Tag) is None
        assert replicas.db_for_write(Tag) is None
        assert replicas.db_for_write(Tag, instance=_row("near")) == "default"
        assert replicas.db_for_read(Tag, instance=_row("near")) == "default"
        assert replicas.db_for_write(Tag, instance=_row("statistics")) is None
    finally:
        chosen.reset(token)
    assert replicas.db_for_read(Tag, plan=True) is None


def test_rows_of_both_are_one_family(project: Any) -> None:
    """And a replica is never migrated."""
    replicas = Replicas()
    assert replicas.allow_relation(_row("near"), _row("default")) is True
    assert replicas.allow_relation(_row("near"), _row("statistics")) is None
    assert [replicas.allow_migrate(alias, "shop") for alias in ("near", "default", "statistics")] == [False, None, None]


def _mistakes() -> list[tuple[str, str]]:
    return [(mistake.id, mistake.place) for mistake in setting_mistakes()]


def test_replicas_want_a_redis(project: Any) -> None:
    """Without one nobody would know on one instance who has written on another."""
    assert _mistakes() == []
    project.NUAGES_REDIS_URL = ""
    assert _mistakes() == [("nuages.E051", "settings.NUAGES_REDIS_URL")]


def test_replicas_are_of_postgresql(project: Any) -> None:
    """No other database tells how far a replica is."""
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": "a"}
    project.DATABASES = {"default": sqlite, "near": {**sqlite, "TEST": {"MIRROR": "default"}}}
    assert _mistakes() == [("nuages.E051", f"settings.DATABASES[{alias!r}]") for alias in ("default", "near")]


def test_without_router_or_replicas_nothing_is_asked(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas that nothing reads from are told; a router without replicas is as none."""
    assert make_reading(proxies=0) is not None
    assert list(replica_remarks()) == []
    monkeypatch.setattr(router, "routers", [])
    assert make_reading(proxies=0) is None
    assert [remark.id for remark in replica_remarks()] == ["nuages.W054"]
    project.DATABASES = {"default": POSTGRES}
    monkeypatch.setattr(router, "routers", [Replicas()])
    assert make_reading(proxies=0) is None
    assert list(replica_remarks()) == []

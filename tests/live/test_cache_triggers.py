"""Changes of other programs end kept answers where PostgreSQL's triggers tell of them, also after it was restarted."""

import json
from pathlib import Path

import psycopg

from tests.live.processes import Server
from tests.live.racing import managed, send, serving, temp_url

TAGS = "/kept/tags?limit=3"
END_LISTENERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE query IN ('LISTEN nuages_cache', 'SELECT 1') AND pid <> pg_backend_pid()
"""


def kept(server: Server) -> list[str]:
    """The names that a list shows."""
    reply = server.get(TAGS)
    assert reply.status == 200, reply.body
    return [item["name"] for item in json.loads(reply.body)["items"]]


def warm(server: Server) -> None:
    """Ask until every worker has kept the answer."""
    server.wait_for(lambda: all(server.get(TAGS).headers["cache-status"] == "nuages; hit" for _ in range(10)))


def change(url: str, text: str) -> None:
    """Run a statement past Django."""
    with psycopg.connect(url.replace("postgres://", "postgresql://")) as other:
        other.execute(text)  # type: ignore[call-overload]  # the test's own words


def test_triggers_tell_of_changes_past_django(seeded: Path, tmp_path: Path) -> None:
    """`nuages triggers` prints them; by them a foreign UPDATE is seen, and nothing is missed while none listens."""
    with temp_url("postgres", tmp_path, seeded) as url:
        change(url, managed(tmp_path, url, "nuages", "triggers", "shop"))
        with serving(tmp_path, url, TEST_CACHE_LISTEN="1") as server:
            assert send(server, "POST", "/kept/tags", {"name": "first"}).status == 201
            warm(server)
            change(url, "UPDATE shop_tag SET name = 'second'")
            server.wait_for(lambda: kept(server) == ["second"])
            warm(server)
            change(url, END_LISTENERS)
            change(url, "UPDATE shop_tag SET name = 'third'")
            server.wait_for(lambda: kept(server) == ["third"])
            change(url, managed(tmp_path, url, "nuages", "triggers", "--drop", "shop"))
            warm(server)
            change(url, "UPDATE shop_tag SET name = 'unheard'")
            assert [kept(server) for _ in range(20)] == [["third"]] * 20

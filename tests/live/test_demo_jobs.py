"""The demo makes its report of sales as a job: with one command, and on RQ's workers where there is a Redis."""

import csv
import io
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from shop.people import CUSTOMERS, STAFF, demo_password
from tests.live.conftest import Serve
from tests.live.processes import LIMIT_S, SHOP, children_of, manage, started, wait_for
from tests.support.valkey import temp_valkey

DEMO = {"DJANGO_SETTINGS_MODULE": "bookshop.settings"}
ORDERS = 300


@pytest.fixture(params=["beside the server", "on RQ"])
def site(request: pytest.FixtureRequest, shop: Path, serve: Serve) -> Iterator[httpx.Client]:
    """The demo with some orders, whose jobs run in one of its two ways."""
    for command in (["add_people"], ["add_orders", "--count", str(ORDERS)]):
        done = manage(shop, *command, **DEMO)  # type: ignore[arg-type]
        assert done.returncode == 0, done.stderr
    with ExitStack() as stack:
        if request.param == "on RQ":
            elsewhere = {**DEMO, "REDIS_URL": stack.enter_context(temp_valkey()).url}
            server = serve("--job-processes", "0", **elsewhere)
            worker = [sys.executable, str(SHOP / "manage.py"), "rqworker", "default"]
            command = [*worker, "--job-class", "django_tasks_rq.Job"]
            process = stack.enter_context(started(command, shop, port=1, environment=elsewhere))
            stack.callback(lambda: process.workers.extend(children_of(process.process.pid)))
        else:
            server = serve(**DEMO, NUAGES_JOB_PROCESSES="1")
        yield stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=LIMIT_S))


def log_in(site: httpx.Client, name: str) -> dict[str, str]:
    """The header of somebody who has logged in."""
    answer = site.post("/api/auth/token", json={"username": name, "password": demo_password()})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_the_report_of_sales_is_made(site: httpx.Client, shop: Path) -> None:
    """Asked for, followed and collected by staff; a row for each order, and the totals are those of the items."""
    ada = log_in(site, STAFF)
    assert site.post("/api/reports/sales", headers=log_in(site, CUSTOMERS[0])).status_code == 403
    answer = site.post("/api/reports/sales", headers=ada)
    assert answer.status_code == 202, answer.text
    place, seen = answer.headers["Location"], dict[str, Any]()

    def has_ended() -> bool:
        seen.update(site.get(place, headers=ada).json())
        return seen["status"] not in {"queued", "running"}

    wait_for(has_ended, lambda: seen)
    assert (seen["status"], seen["result"]["filename"]) == ("succeeded", "sales-all.csv"), seen
    assert seen["progress"] == {"done": ORDERS, "total": ORDERS, "note": ""}
    found = site.get(f"{place}/result", headers=ada)
    assert found.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert list(rows[0]) == ["order", "day", "buyer", "items", "quantity", "total"]
    assert {row["buyer"] for row in rows} == set(CUSTOMERS)
    with closing(sqlite3.connect(shop / "shop.sqlite3")) as database:
        items = database.execute("SELECT SUM(quantity), ROUND(SUM(price * quantity), 2) FROM shop_orderitem").fetchone()
    assert len(rows) == ORDERS
    assert (sum(int(row["quantity"]) for row in rows), round(sum(float(row["total"]) for row in rows), 2)) == items

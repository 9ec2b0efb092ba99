"""What `/-/metrics` shows, to whom, and what can never be in it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from nuages import API, Limit, Resource, anyone
from nuages.checks import check_metrics
from nuages.counting.counters import counter
from nuages.errors import DeclarationError, TooManyRequests
from nuages.http.request import Request
from nuages.identify.principal import ANONYMOUS
from nuages.limit.counts import Counts
from nuages.limit.rates import read_rate
from nuages.limit.table import Table
from nuages.limit.throttle import Policy, Throttle
from nuages.models import StoredJob
from nuages.servers import observed_wsgi, wsgi_app
from nuages.servers.front import Front
from nuages.servers.metrics import PATH
from nuages.servers.observing import front_of
from shop.models import Tag
from tests.http.observing import PROTOCOLS, ask_server, is_plain, start_anew
from tests.unit.servers.calls import Answer

TOKEN = "a secret of the metrics"


@pytest.fixture(autouse=True)
def own(settings: Any, db: None) -> Iterator[None]:
    """Counts of this test's own."""
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "allauth" not in each]
    start_anew()
    yield
    start_anew()


@pytest.fixture
def metrics(settings: Any) -> None:
    """Requests are counted."""
    settings.NUAGES_METRICS = True


def shown(answer: Answer) -> dict[tuple[str, ...], float]:
    """Every sample of a page, by its name and the values of its labels."""
    assert answer.status == 200, answer.body
    families = read_text(answer.body.decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_it_is_off_unless_told(settings: Any) -> None:
    """The path is Django's, and nothing stands in the way of a request."""
    assert is_plain(observed_wsgi.observed(wsgi_app.django_application))
    assert type(front_of(())) is Front
    assert ask_server("wsgi", PATH).status == 404


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("is_straight", [True, False], ids=["straight", "through Django"])
def test_requests_are_counted_by_template(
    protocol: str, is_straight: bool, metrics: None, settings: Any, transactional_db: None
) -> None:
    """A core's and Django's alike; whatever ids, methods and paths are asked for, the labels are few."""
    settings.NUAGES_STRAIGHT = is_straight
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("ann", password="x"))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    for number in range(3):
        assert ask_server(protocol, f"/api/books/{number}").status == 404
    ask_server(protocol, "/api/books", "BREW")
    ask_server(protocol, "/api/books?limit=1")
    ask_server(protocol, "/api/nosuch-one")
    ask_server(protocol, "/nosuch-two")
    ask_server(protocol, "/admin/", cookie=cookie)
    found = shown(ask_server(protocol, PATH))
    totals = {key[1:]: value for key, value in found.items() if key[0] == "nuages_requests_total"}
    assert totals == {
        ("GET", "/api/books/{key}", "404"): 3.0,
        ("(other)", "/api/books", "405"): 1.0,
        ("GET", "/api/books", "200"): 1.0,
        ("GET", "/admin", "200"): 1.0,
        ("GET", "/api", "404"): 1.0,
        ("GET", "(none)", "404"): 1.0,
    }
    assert found["nuages_request_duration_seconds_count", "GET", "/api/books/{key}"] == 3
    assert found["nuages_request_duration_seconds_bucket", "+Inf", "GET", "/api/books/{key}"] == 3
    assert found["nuages_requests_in_flight", "0"] == 0
    assert found["nuages_process_resident_memory_bytes", "0"] > 1 << 20
    assert found["nuages_process_open_fds", "0"] > 2
    assert found["nuages_database_connections", "default", "0"] >= 0


def test_what_anybody_counts_is_shown(metrics: None) -> None:
    """A counter of another room, with its sentence; OpenMetrics for those who ask for it."""
    counter("nuages_of_tests_total", "Counted by a test.", layer="own").add(3)
    answer = ask_server("wsgi", PATH)
    assert shown(answer)["nuages_of_tests_total", "own"] == 3
    assert b"# HELP nuages_of_tests_total Counted by a test.\n" in answer.body
    assert answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.header("Cache-Control") == "no-store"
    open_metrics = ask_server("wsgi", PATH, accept="application/openmetrics-text; version=1.0.0")
    assert (open_metrics.header("Content-Type") or "").startswith("application/openmetrics-text; version=1.0.0")
    assert {family.name for family in read_openmetrics(open_metrics.body.decode())} >= {"nuages_of_tests"}
    bad = (
        "application/openmetrics-text; version=y",
        "text/plain; version=x",
        ",;,",
        "text/plain; version=1.0.0; escaping=x",
    )
    for accept in bad:
        assert shown(ask_server("wsgi", PATH, accept=accept))


def test_head_and_other_methods(metrics: None) -> None:
    """HEAD has no body; what is not offered is a 405."""
    head = ask_server("wsgi", PATH, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert ask_server("wsgi", PATH, "OPTIONS").header("Allow") == "GET, HEAD, OPTIONS"
    assert ask_server("wsgi", PATH, "POST").status == 405


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("127.0.0.1", 200),
        ("::1", 200),
        ("10.1.2.3", 200),
        ("172.31.0.1", 200),
        ("192.168.0.1", 200),
        ("fd00::1", 200),
        ("::ffff:10.0.0.1", 200),
        ("192.0.2.1", 403),
        ("172.32.0.1", 403),
        ("169.254.1.1", 403),
        ("2001:db8::1", 403),
        ("::ffff:192.0.2.1", 403),
        ("", 403),
        ("unix:", 403),
    ],
)
def test_without_a_token_the_near_alone_may_read(peer: str, status: int, metrics: None) -> None:
    """This machine and private networks; an address that is none is not near."""
    answer = ask_server("wsgi", PATH, peer=peer)
    assert answer.status == status
    assert (b"metrics-closed" in answer.body) == (status == 403)


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip", "via"])
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_whoever_comes_by_a_proxy_is_not_near(header: str, proxies: int, metrics: None, settings: Any) -> None:
    """Also where proxies are trusted, and where a client writes such a header itself."""
    settings.NUAGES_TRUSTED_PROXIES = proxies
    for text in ("10.0.0.1", "10.0.0.1, 127.0.0.1", "", "garbage"):
        assert ask_server("wsgi", PATH, **{header: text}).status == 403


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_with_a_token_it_alone_opens(protocol: str, metrics: None, settings: Any) -> None:
    """From anywhere, also through a proxy; without it nobody reads, near or not."""
    settings.NUAGES_METRICS_TOKEN = TOKEN
    refused = [
        ask_server(protocol, PATH),
        ask_server(protocol, PATH, authorization=f"Bearer {TOKEN}x"),
        ask_server(protocol, PATH, authorization=f"Basic {TOKEN}"),
        ask_server(protocol, PATH, authorization="Bearer "),
        ask_server(protocol, PATH, authorization="Bearer \xff"),
        ask_server(protocol, f"{PATH}?token={TOKEN}"),
    ]
    assert [answer.status for answer in refused] == [401] * 6
    assert {answer.header("WWW-Authenticate") for answer in refused} == {'Bearer realm="metrics"'}
    assert not any(b"nuages_" in answer.body or TOKEN.encode() in answer.body for answer in refused)
    read = ask_server(protocol, PATH, peer="192.0.2.1", authorization=f"bearer {TOKEN}", x_forwarded_for="192.0.2.9")
    assert shown(read)
    assert TOKEN.encode() not in read.body


@pytest.mark.parametrize(
    ("told", "token", "expected"),
    [
        ({"NUAGES_TRUSTED_PROXIES": 1}, None, ["nuages.W057"]),
        ({"USE_X_FORWARDED_HOST": True}, "", ["nuages.W057"]),
        ({"NUAGES_TRUSTED_PROXIES": 1}, TOKEN, []),
        ({}, None, []),
    ],
)
def test_a_proxy_without_a_token_is_warned_of(
    told: dict[str, Any], token: Any, expected: list[str], metrics: None, settings: Any
) -> None:
    """`check --deploy` alone; off, there is nothing to say."""
    settings.NUAGES_METRICS_TOKEN = token
    for name, value in told.items():
        setattr(settings, name, value)
    assert [each.id for each in check_metrics()] == expected
    settings.NUAGES_METRICS = False
    assert check_metrics() == []


def test_decisions_of_limits_are_counted(metrics: None, settings: Any) -> None:
    """By the quota's name: passed, refused, and what a shadow would have refused."""
    table = Table()
    policies = [
        Policy("small", read_rate("1/min"), Limit("1/min")),
        Policy("seen", read_rate("1/min"), Limit("1/min", shadow=True)),
    ]
    for policy in policies:
        throttle = Throttle([policy], Counts(table, table), secret=b"s", proxies=0)
        for _ in range(3):
            with suppress(TooManyRequests):
                throttle.take(Request("GET", "/", "", {}, peer="192.0.2.1"), ANONYMOUS)
    found = shown(ask_server("wsgi", PATH))
    decisions = {key[1:]: value for key, value in found.items() if key[0] == "nuages_limit_decisions_total"}
    decided = {key: value for key, value in decisions.items() if key[1] in {"small", "seen"} and value}
    assert decided == {("passed", "small"): 1, ("refused", "small"): 2, ("passed", "seen"): 1, ("shadow", "seen"): 2}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("NUAGES_METRICS", "on"),
        ("NUAGES_ACCESS_LOG", 1),
        ("NUAGES_ACCESS_LOG_QUERY", None),
        ("NUAGES_METRICS_TOKEN", "too short"),
        ("NUAGES_METRICS_TOKEN", 1234567890123456),
        ("NUAGES_METRICS_TOKEN", "with a line's end\n"),
    ],
)
def test_wrong_settings_are_said_at_the_start(name: str, given: Any, settings: Any) -> None:
    """`nuages.E057`, without the secret."""
    setattr(settings, name, given)
    api = API(title="Observed")
    api.resource(Tag)(type("Tags", (Resource,), {"fields": ["id"], "rules": {"read": anyone}}))
    with pytest.raises(DeclarationError) as raised:
        api.build()
    (mistake,) = raised.value.mistakes
    assert (mistake.id, mistake.place) == ("nuages.E057", f"settings.{name}")
    assert "TOKEN" not in name or str(given) not in str(raised.value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_jobs_are_looked_at(metrics: None, transactional_db: None, protocol: str) -> None:
    """Those of every server, by status, and how long the oldest is due; without a label of a worker."""
    for status in ("queued", "queued", "running", "failed", "succeeded"):
        StoredJob.objects.create(name="j", status=status)
    StoredJob.objects.filter(status="queued").update(run_at=timezone.now() - dt.timedelta(seconds=100))
    StoredJob.objects.create(name="j", run_at=timezone.now() + dt.timedelta(seconds=100))
    found = shown(ask_server(protocol, PATH))
    counts = {key[1:]: value for key, value in found.items() if key[0] == "nuages_jobs"}
    assert counts == {("queued",): 3.0, ("running",): 1.0, ("failed",): 1.0}
    assert 100 <= found[("nuages_jobs_oldest_due_seconds",)] < 1000

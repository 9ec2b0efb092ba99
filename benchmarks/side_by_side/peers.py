"""The peers: how each is started, what it serves and where. To compare another one, add an entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from benchmarks.peers.common.environment import AUDIENCE

ALL = ("W1", "W2", "W3", "W4", "W5", "W6", "W7")
_READS = ("W1", "W2", "W3", "W4", "W6")
PATHS = {
    "W1": "/hello",
    "W2": "/books/{id}",
    "W3": "/books?page_size={size}&page={page}",
    "W4": "/books/full?page={page}&page_size={size}",
    "W5": "/reviews",
    "W6": "/books/search?country={country}&min_price={min_price}&max_price={max_price}&tag={tag}&ordering=-published",
    "W7": "/secure/books/{id}",
}
_NUAGES_PATHS = {
    "W2": "/api/books/{id}",
    "W3": "/api/flat-books?page={page}&limit={size}",
    "W4": "/api/full-books?page={page}&limit={size}",
    "W5": "/api/reviews",
    "W6": "/api/found-books?author__country={country}&price__gte={min_price}&price__lte={max_price}&tags__name={tag}"
    "&order=-published",
    "W7": "/api/secure-books/{id}",
    **{f"D{depth}": f"/api/depth-{depth}?page={{page}}&limit={{size}}" for depth in range(1, 5)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A system under comparison.

    Shapes: `command` has the slots {python}, {bin}, {port} and {workers}; `python` is the environment, 311 or 313;
        `workloads` are those that it serves; `unwrap` is the key that holds a list, None where lists are bare;
        `packages` are the distributions whose versions are told; `audience` is what the tokens of W7 name, empty where
        they name none.
        `is_walked`: pages are found by following "next" from the first. `is_checked`: answers are compared.
    """

    name: str
    label: str
    command: tuple[str, ...]
    packages: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = "311"
    workloads: tuple[str, ...] = ALL
    paths: Mapping[str, str] = field(default_factory=lambda: PATHS)
    ready: str = "/hello"
    unwrap: str | None = None
    audience: str = ""
    is_walked: bool = False
    is_checked: bool = True

    @property
    def started_by(self) -> str:
        """The command that starts it, to be shown: without the places of this machine."""
        shown = {"python": "python", "bin": "", "port": "PORT", "workers": "WORKERS"}
        return " ".join(part.format(**shown).removeprefix("/") for part in self.command)


_GUNICORN = "--worker-class gthread --threads 2 --keep-alive 75 --backlog 1024 --log-level error"
_GRANIAN = "--http 1 --no-ws --log-level error --no-access-log"
_UVICORN = "--loop uvloop --http httptools --no-access-log --log-level error"
_ADDRESS = ("--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}")


def _gunicorn(app: str) -> tuple[str, ...]:
    return ("{bin}/gunicorn", app, "--workers", "{workers}", "--bind", "127.0.0.1:{port}", *_GUNICORN.split())


def _granian(app: str, interface: str, *more: str) -> tuple[str, ...]:
    return ("{bin}/granian", app, "--interface", interface, *_ADDRESS, *_GRANIAN.split(), *more)


def _uvicorn(app: str) -> tuple[str, ...]:
    return ("{bin}/uvicorn", app, *_ADDRESS, *_UVICORN.split())


def _threads(count: int) -> tuple[str, ...]:
    return ("--blocking-threads", str(count))


_UVLOOP = ("--loop", "uvloop")
_WSGI = "on_django.wsgi:application"
_SERVE = "{python} manage.py serve --host 127.0.0.1 --port {port} --workers {workers} --quiet"
_BOLT = "{python} manage.py runbolt --host 127.0.0.1 --port {port} --processes {workers} --no-admin"

_NUAGES = Peer(
    name="nuages",
    label="Nuages, manage.py serve",
    command=tuple(_SERVE.split()),
    environment={"PEER": "nuages"},
    packages=("nuages", "Django", "psycopg", "granian"),
    workloads=("W2", "W3", "W4", "W5", "W6", "W7"),  # W1 is no resource
    paths=_NUAGES_PATHS,
    ready="/-/live",
    unwrap="items",
    audience=AUDIENCE,
)
_TABLE = [
    _NUAGES,
    replace(
        _NUAGES,
        name="nuages-cursor",
        label="Nuages, pages by its own cursors",
        workloads=("W3", "W4"),
        paths={"W3": "/api/flat-books?limit={size}", "W4": "/api/full-books?limit={size}"},
        is_walked=True,
    ),
    Peer(
        name="drf",
        label="Django REST framework, gunicorn threads",
        command=_gunicorn(_WSGI),
        environment={"PEER": "drf"},
        packages=("djangorestframework", "django-filter", "Django", "psycopg", "gunicorn"),
    ),
    Peer(
        name="drf-granian",
        label="Django REST framework, granian WSGI",
        command=_granian(_WSGI, "wsgi", *_threads(2)),
        environment={"PEER": "drf"},
        packages=("djangorestframework", "django-filter", "Django", "psycopg", "granian"),
    ),
    Peer(
        name="ninja",
        label="Django Ninja, granian WSGI",
        command=_granian(_WSGI, "wsgi", *_threads(2)),
        environment={"PEER": "ninja"},
        packages=("django-ninja", "Django", "psycopg", "granian"),
    ),
    Peer(
        name="dmr",
        label="django-modern-rest with msgspec, granian WSGI",
        command=_granian(_WSGI, "wsgi", *_threads(2)),
        environment={"PEER": "dmr"},
        packages=("django-modern-rest", "msgspec", "Django", "psycopg", "granian"),
    ),
    Peer(
        name="bolt",
        label="django-bolt, runbolt",
        command=tuple(_BOLT.split()),
        environment={"PEER": "bolt", "DJANGO_POOL": "10"},
        python="313",
        packages=("django-bolt", "Django", "psycopg"),
    ),
    Peer(
        name="fastapi",
        label="FastAPI + SQLAlchemy async, uvicorn",
        command=_uvicorn("on_sqlalchemy.fastapi_sqlalchemy:app"),
        environment={"BENCH_POOL": "16"},
        packages=("fastapi", "SQLAlchemy", "asyncpg", "uvicorn"),
    ),
    Peer(
        name="fastapi_asyncpg",
        label="FastAPI + raw asyncpg, uvicorn",
        command=_uvicorn("by_hand.fastapi_asyncpg:app"),
        environment={"BENCH_POOL": "4"},
        packages=("fastapi", "asyncpg", "orjson", "uvicorn"),
    ),
    Peer(
        name="litestar",
        label="Litestar + SQLAlchemy async, granian ASGI",
        command=_granian("on_sqlalchemy.litestar_sqlalchemy:app", "asgi", *_UVLOOP),
        environment={"BENCH_POOL": "16"},
        packages=("litestar", "SQLAlchemy", "asyncpg", "granian"),
    ),
    Peer(
        name="flask",
        label="Flask + SQLAlchemy, gunicorn threads",
        command=_gunicorn("on_sqlalchemy.flask_sqlalchemy:app"),
        packages=("Flask", "SQLAlchemy", "psycopg", "gunicorn"),
    ),
    Peer(
        name="statement-wsgi",
        label="hand-written statement, granian WSGI + psycopg",
        command=_granian("by_hand.statement_wsgi:app", "wsgi", *_threads(8)),
        packages=("granian", "psycopg"),
    ),
    Peer(
        name="statement-rsgi",
        label="hand-written statement, granian RSGI + asyncpg",
        command=_granian("by_hand.statement_rsgi:app", "rsgi", *_UVLOOP),
        packages=("granian", "asyncpg"),
    ),
    Peer(
        name="rows-rsgi",
        label="plain rows made JSON by orjson, granian RSGI + asyncpg",
        command=_granian("by_hand.rows_rsgi:app", "rsgi", *_UVLOOP),
        environment={"BENCH_POOL": "4"},
        packages=("granian", "asyncpg", "orjson"),
        workloads=_READS,
    ),
    Peer(
        name="constant",
        label="constant bytes of the same size, granian RSGI, no database",
        command=_granian("by_hand.constant_rsgi:app", "rsgi", *_UVLOOP),
        packages=("granian",),
        workloads=_READS,
        is_checked=False,
    ),
]
PEERS = {peer.name: peer for peer in _TABLE}
SHORT = ("nuages", "drf", "ninja", "bolt", "fastapi_asyncpg", "litestar", "statement-wsgi")

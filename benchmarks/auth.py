"""Measure who asks: a token that is remembered, one that is checked anew, and tokens that are refused.

    python benchmarks/auth.py [--rounds 9]

Read the ratios: all of them run in turn in one process, so that whatever else the machine does slows all of them.
A refused token must run no statement; the program ends with an error where one does.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPEATS = {"remembered": 5000}
REPEATS_OF_OTHERS = 200


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each (default: 9)")
    rounds = parser.parse_args().rounds
    sys.path[:0] = [str(ROOT), str(ROOT / "examples" / "bookshop")]
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    prepare()
    subjects = dict(make_subjects())
    figures: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, ask in subjects.items():
            figures[name].append(time_of(ask, REPEATS.get(name, REPEATS_OF_OTHERS)))
    least = statistics.median(figures["remembered"])
    print("| a token | microseconds | times a remembered one | statements |\n|---|---|---|---|")
    for name, ask in subjects.items():
        middle = statistics.median(figures[name])
        print(f"| {name} | {middle * 1e6:.1f} | {middle / least:.1f} | {statements_of(name, ask)} |")


def prepare() -> None:
    """A database in memory, with the tables of users and logins."""
    import django  # noqa: PLC0415  # needs the settings that main names
    from django.conf import settings  # noqa: PLC0415

    settings.DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.DATABASES.pop("postgresql")
    settings.DATABASES.pop("sqlite")
    settings.DATABASE_ROUTERS = []
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def make_subjects() -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is measured, by name."""
    from django.conf import settings  # noqa: PLC0415

    from nuages.identify.new_keys import new_key, new_secret  # noqa: PLC0415

    keys = [new_key(algorithm) for algorithm in ("ES256", "EdDSA", "RS256")]
    settings.NUAGES_TOKEN_KEY = new_secret()
    yield from _subjects("HS256", is_first=True)
    del settings.NUAGES_TOKEN_KEY
    for number, key in enumerate(keys):
        settings.NUAGES_TOKEN_KEYS = {"keys": [key, *keys[:number], *keys[number + 1 :]]}
        yield from _subjects(key["alg"], is_first=False)
    del settings.NUAGES_TOKEN_KEYS


def _subjects(algorithm: str, *, is_first: bool) -> Iterator[tuple[str, Callable[[], Any]]]:
    from nuages import Bearer  # noqa: PLC0415
    from nuages.identify.verified import VerifiedTokens  # noqa: PLC0415

    user, login = _login()
    bearer, forgetful = Bearer(), Bearer()
    assert not [*bearer.start("Bench"), *forgetful.start("Bench")]
    token, _ = bearer.issue(user, login)
    if is_first:
        from django.utils import timezone  # noqa: PLC0415

        yield "remembered", _asking(bearer, token)
        old, _ = bearer.issue(user, login, now=timezone.now() - timedelta(hours=1))
        yield "refused: no token at all", _refused(bearer, "nonsense")
        yield "refused: 10 MB", _refused(bearer, "a" * 10_000_000)
        yield "refused: of another key", _refused(bearer, _token_of_another(user, login))
        yield "refused: expired", _refused(bearer, old)
    yield f"{algorithm}, checked anew", _forgetting(forgetful, token, VerifiedTokens)
    yield f"refused: {algorithm}, another signature", _refused(bearer, token[:-8] + "AAAAAAAA")


def _token_of_another(user: Any, login: str) -> str:
    """A token whose kid is not known here."""
    from django.test import override_settings  # noqa: PLC0415

    from nuages import Bearer  # noqa: PLC0415

    with override_settings(NUAGES_TOKEN_KEY="x" * 40):
        other = Bearer()
        other.start("Bench")
        return other.issue(user, login)[0]


def _login() -> tuple[Any, str]:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from nuages.identify.logins import password_mark  # noqa: PLC0415
    from nuages.models.logins import Login  # noqa: PLC0415

    user, _ = User.objects.get_or_create(username="ann")
    now = timezone.now()
    times = {"created_at": now, "last_used_at": now, "expires_at": now + timedelta(days=1)}
    return user, str(Login.objects.create(user=user, password_mark=password_mark(user), **times).pk)


def _asking(bearer: Any, token: str) -> Callable[[], Any]:
    from nuages.http.request import Request  # noqa: PLC0415

    request = Request("GET", "/", "", {"authorization": f"Bearer {token}"})
    return lambda: bearer.identify(request)


def _forgetting(bearer: Any, token: str, memory: Any) -> Callable[[], Any]:
    ask = _asking(bearer, token)

    def anew() -> Any:
        bearer._verified = memory()
        return ask()

    return anew


def _refused(bearer: Any, token: str) -> Callable[[], Any]:
    from nuages.errors import NotIdentified  # noqa: PLC0415

    ask = _asking(bearer, token)

    def refused() -> None:
        try:
            ask()
        except NotIdentified:
            return
        raise SystemExit("a token that must be refused was taken")

    return refused


def time_of(ask: Callable[[], Any], repeats: int) -> float:
    """Seconds of one call."""
    ask()
    started_s = perf_counter()
    for _ in range(repeats):
        ask()
    return (perf_counter() - started_s) / repeats


def statements_of(name: str, ask: Callable[[], Any]) -> int:
    """How many statements one call runs; a refusal none."""
    ask()
    with counted() as statements:
        ask()
    if name.startswith("refused") and statements:
        raise SystemExit(f"{name}: {len(statements)} statements")
    return len(statements)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of the block."""
    from django.db import connection  # noqa: PLC0415

    sent: list[str] = []

    def note(execute: Any, sql: str, *arguments: Any) -> Any:
        sent.append(sql)
        return execute(sql, *arguments)

    with connection.execute_wrapper(note):
        yield sent


if __name__ == "__main__":
    main()

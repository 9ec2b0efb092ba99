"""Measure whether the time of an answer tells who there is: logins, forgotten passwords, registrations.

    python benchmarks/equal_times.py [--tries 200] [--fast]

The cases of a question are asked in turn, in another order each round, so that whatever slows the machine slows all of
them. Each is compared with the first case of its own round: the ratio shown is the median of the rounds, with the
interval in which it is with 95 % certainty, whatever the times' distribution. What decides is the processor's time of
the thread that answers, which other programs hardly change; the clock stands beside it. The hashes are Django's own,
which take most of a login's time; `--fast` takes one that takes none, and shows what lies beneath. The mail server
takes 50 ms a mail. Each try waits until no mail is under way.
"""

import argparse
import itertools
import json
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery staple"
MAIL_S = 0.05
WITHIN = 1.10  # threat R23: medians within 10 %
Ask = Callable[[], Any]


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=200, help="tries of each case (default: 200)")
    parser.add_argument("--fast", action="store_true", help="hash in no time")
    given = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(ROOT / "examples" / "bookshop")]
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    prepare(is_fast=given.fast)
    print(f"{given.tries} rounds; load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.")
    print("Ratios: the case by the first of its question, round by round; the median, and its interval of 95 %.")
    print()
    print("| question | case | processor, ms | ratio | clock, ms | ratio |")
    print("|---|---|---|---|---|---|")
    verdicts = [show(question, measure(cases, given.tries)) for question, cases in make_questions()]
    print()
    print("\n".join(verdicts))


def prepare(*, is_fast: bool) -> None:
    """A database in memory with users of every sort."""
    import django  # noqa: PLC0415  # needs the settings that main names
    from django.conf import settings  # noqa: PLC0415

    settings.DATABASES["default"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.DATABASES.pop("postgresql")
    settings.DATABASES.pop("sqlite")
    settings.DATABASE_ROUTERS = []
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
    mailer = "benchmarks.equal_times.SlowMail"
    settings.EMAIL_BACKEND, settings.MAILERS = mailer, {"default": {"BACKEND": mailer}}  # Django 6.1 reads the latter
    settings.NUAGES_TOKEN_KEY = "a secret of the benchmarks, which signs nothing else"
    links = dict.fromkeys(("confirm", "reset", "email"), "https://app.example/#{token}")
    settings.NUAGES_ACCOUNTS = {"register": True, "reset_password": True, "links": links}
    if is_fast:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    User.objects.create_user("ann", "ann@example.org", PASSWORD)
    User.objects.create_user("off", "off@example.org", PASSWORD, is_active=False)
    User.objects.create_user("ldap", "ldap@example.org")
    User.objects.bulk_create([User(username=f"user-{n}", email=f"user-{n}@example.org") for n in range(1_000)])


class SlowMail:
    """A mail backend whose server is far away."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def send_messages(self, letters: Any) -> int:
        """Take some time."""
        time.sleep(MAIL_S)
        return len(letters)


def make_questions() -> Iterator[tuple[str, dict[str, Ask]]]:
    """What is asked, and the cases whose times must be the same."""
    from nuages import API, Bearer  # noqa: PLC0415

    api = API(title="Bench", authenticate=[Bearer()])
    numbers = itertools.count()

    def log_in(name: str, password: str = "wrong") -> Ask:
        return lambda: post(api, "token", {"username": name, "password": password}, 401)

    def ask_reset(email: str) -> Ask:
        return lambda: post(api, "password/reset", {"email": email}, 202)

    def register(name: str, email: str) -> Ask:
        return lambda: post(
            api,
            "register",
            {"username": name.format(next(numbers)), "email": email.format(next(numbers)), "password": PASSWORD},
            202,
        )

    yield (
        "login",
        {
            "wrong password": log_in("ann"),
            "unknown user": log_in("bob"),
            "inactive user": log_in("off", PASSWORD),
            "user without a password": log_in("ldap"),
        },
    )
    yield "login, locked", {"known user": locked(api, "ann"), "unknown user": locked(api, "bob")}
    yield (
        "forgotten password",
        {
            "known address": ask_reset("ann@example.org"),
            "unknown address": ask_reset("bob@example.org"),
            "inactive user": ask_reset("off@example.org"),
        },
    )
    yield (
        "registration",
        {
            "new address": register("new-{}", "new-{}@example.org"),
            "known address": register("new-{}", "ann@example.org"),
            "taken name": register("ann", "new-{}@example.org"),
        },
    )


def locked(api: Any, name: str) -> Ask:
    """A login that has failed too often; counted anew for each try, which is not measured."""

    def ask() -> None:
        post(api, "token", {"username": name, "password": PASSWORD}, 429)

    def fill() -> None:
        from nuages.logins.limits import Limits  # noqa: PLC0415
        from nuages.logins.terms import read_terms  # noqa: PLC0415

        for _ in range(read_terms().failures):
            Limits(read_terms()).take(name, "192.0.2.1")

    ask.fill = fill  # type: ignore[attr-defined]
    return ask


def post(api: Any, path: str, document: dict[str, str], status: int) -> None:
    """Send a document; anything but the status that is wanted ends the program."""
    from nuages.http.request import Request  # noqa: PLC0415

    body = json.dumps(document).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body))}
    request = Request("POST", f"/auth/{path}", "", headers, peer="192.0.2.1", read=lambda size: body[:size])
    response = api.handle(request)
    if response.status != status:
        raise SystemExit(f"{path}: {response.status}, {response.body.decode()}")


Taken = tuple[float, float]  # seconds of one try: of the processor, and by the clock


def measure(cases: dict[str, Ask], rounds: int) -> dict[str, list[Taken]]:
    """What each case took, round by round."""
    from nuages.accounts.outbox import outbox  # noqa: PLC0415
    from nuages.models import FailedLogin  # noqa: PLC0415

    figures: dict[str, list[Taken]] = {name: [] for name in cases}
    names = list(cases)
    for _ in range(rounds + 1):
        random.shuffle(names)
        for name in names:
            outbox.wait(60)
            FailedLogin.objects.all().delete()
            getattr(cases[name], "fill", lambda: None)()
            started_s, begun_s = time.perf_counter(), time.thread_time()
            cases[name]()
            figures[name].append((time.thread_time() - begun_s, time.perf_counter() - started_s))
    return {name: each[1:] for name, each in figures.items()}  # the first one warms up


def show(question: str, figures: dict[str, list[Taken]]) -> str:
    """Print the lines of a question; give what they come to."""
    first, *others = figures
    said: dict[str, list[str]] = {"processor": [], "clock": []}
    for name in figures:
        cells = []
        for place, kind in enumerate(said):
            own, base = ([each[place] for each in figures[one]] for one in (name, first))
            low, middle, high = _median([mine / theirs for mine, theirs in zip(own, base, strict=True)])
            cells += [f"{statistics.median(own) * 1e3:.3f}", f"{middle:.3f} ({low:.3f} to {high:.3f})"]
            if name != first:
                said[kind].append(_verdict(low, high))
        print(f"| {question} | {name} | {' | '.join(cells)} |", flush=True)
    compared = f"{question}: {', '.join(others)} compared with {first}"
    return f"{compared}: {'; '.join(f'by the {kind} {_worst(each)}' for kind, each in said.items())}."


def _median(ratios: list[float]) -> tuple[float, float, float]:
    """The median between the bounds of its interval, by ranks: n/2 minus and plus 0.98 times the root of n."""
    found, half, reach = sorted(ratios), len(ratios) / 2, 0.98 * len(ratios) ** 0.5
    low, high = max(0, math.floor(half - reach)), min(len(found) - 1, math.ceil(half + reach))
    return found[low], statistics.median(found), found[high]


def _verdict(low: float, high: float) -> str:
    """Whether the times are alike: where the interval says neither, there were too few rounds or too much noise."""
    if low > WITHIN or high < 1 / WITHIN:
        return "apart"
    return "alike" if low >= 1 / WITHIN and high <= WITHIN else "not to be judged"


def _worst(verdicts: list[str]) -> str:
    return next(word for word in ("apart", "not to be judged", "alike") if word in verdicts)


if __name__ == "__main__":
    main()

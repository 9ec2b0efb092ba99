"""A schedule is followed by the project's clock on the wall, each slot once, whoever else follows it."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from nuages.errors import DeclarationError
from nuages.jobs import Job, job
from nuages.jobs import schedule as schedules
from nuages.jobs.cron import cron_complaint, last_slot
from nuages.jobs.mistakes import job_mistakes, term_complaints
from nuages.jobs.registry import JobFunction, _known, register
from nuages.jobs.schedule import follow_schedules
from nuages.models import JobSlot, StoredJob

PARIS = ZoneInfo("Europe/Paris")  # the tests' TIME_ZONE
MINUTE = dt.timedelta(minutes=1)


def slots_of(line: str, day: str, hours: int = 24) -> list[str]:
    """The moments of UTC at which a scheduler that looks each minute finds a slot, from a midnight in Paris on."""
    start = dt.datetime.fromisoformat(day).replace(tzinfo=PARIS).astimezone(dt.UTC) - dt.timedelta(seconds=30)
    last, found = start, []
    for minute in range(hours * 60):
        now = start + minute * MINUTE
        slot = last_slot(line, last, now)
        if slot is not None:
            assert last < slot <= now
            found.append(f"{now:%H:%M}")
            last = slot
    return found


@pytest.mark.parametrize(
    ("line", "day", "expected"),
    [
        ("30 2 * * *", "2026-03-28", ["01:30"]),
        ("30 2 * * *", "2026-03-29", ["01:00"]),  # there is no half past two: as soon as the clock is put forward
        ("30 2 * * *", "2026-10-25", ["00:30"]),  # there are two: the first
        ("0 6 * * *", "2026-03-29", ["04:00"]),
        ("0 6 * * *", "2026-10-25", ["05:00"]),
        ("0 2,3 * * *", "2026-03-29", ["01:00"]),
    ],
)
def test_fixed_hours_come_once_a_day(line: str, day: str, expected: list[str]) -> None:  # T07
    """Also on the days on which the clock is put forward or back."""
    assert slots_of(line, day) == expected


@pytest.mark.parametrize(("day", "count"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_each_hour_is_each_hour_that_passes(day: str, count: int) -> None:  # T07
    """A day may have 23 of them, or 25."""
    assert len(slots_of("0 * * * *", day, count)) == count
    assert len(slots_of("*/20 * * * *", day, count)) == 3 * count


def test_of_missed_slots_the_last_one_counts() -> None:
    """However long ago the first of them was."""
    now = dt.datetime(2026, 11, 23, 11, 17, 5, tzinfo=dt.UTC)
    years = dt.timedelta(days=1_000)
    for line, expected in [
        ("* * * * *", now.replace(second=0)),
        ("0 6 * * *", dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC)),
        ("0 0 1 * *", dt.datetime(2026, 10, 31, 23, tzinfo=dt.UTC)),
        ("0 0 29 2 *", dt.datetime(2024, 2, 28, 23, tzinfo=dt.UTC)),
        ("0 0 1 1 mon", dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC).replace(month=1, day=25)),
    ]:
        assert last_slot(line, now - years, now) == expected, line
        assert last_slot(line, expected, now) is None


@pytest.fixture
def ticking() -> Any:
    """A function with a schedule, which no other test has; the apps' own may have been imported by then."""
    others = dict(_known)
    _known.clear()
    yield register(JobFunction("tests.ticking", "here", Job(schedule="0 0 1 1 *"), lambda *_: None))
    _known.clear()
    _known.update(others)


@pytest.mark.usefixtures("database", "ticking")
def test_a_slot_is_enqueued_once(monkeypatch: pytest.MonkeyPatch) -> None:  # T07
    """By the first scheduler that comes, by the clock of the database; a new schedule begins now."""
    assert follow_schedules() == 0
    begun = JobSlot.objects.get()
    assert abs(begun.last_slot_at - timezone.now()) < dt.timedelta(hours=1)
    assert follow_schedules() == 0
    JobSlot.objects.update(last_slot_at=timezone.now() - dt.timedelta(days=1_200))
    stale = list(JobSlot.objects.all())
    assert [follow_schedules(), follow_schedules()] == [1, 0]
    assert StoredJob.objects.get().name == "tests.ticking"
    # One that has read before the other one moved it on.
    moved = schedules._follow(register(_known["tests.ticking"]), stale[0].last_slot_at, schedules._now())
    assert (moved, StoredJob.objects.count()) == (0, 1)


@pytest.mark.usefixtures("database")
def test_the_slot_of_a_unique_job_is_its_key() -> None:
    """It may run again at the next one, while the one before is kept."""
    function = register(JobFunction("tests.unique", "here", Job(schedule="0 0 1 1 *", unique=True), lambda *_: None))
    try:
        for year in (2024, 2025):
            JobSlot.objects.update_or_create(
                name=function.name, defaults={"last_slot_at": dt.datetime(year, 1, 1, tzinfo=dt.UTC)}
            )
            schedules._follow(
                function, dt.datetime(year, 1, 1, tzinfo=dt.UTC), dt.datetime(year + 1, 1, 1, 12, tzinfo=dt.UTC)
            )
    finally:
        del _known[function.name]
    assert list(StoredJob.objects.order_by("unique_key").values_list("unique_key", flat=True)) == [
        "slot 2024-12-31T23:00:00+00:00",
        "slot 2025-12-31T23:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("* * * *", "has 4 fields"),
        ("* * * * * *", "has 6 fields"),
        ("60 * * * *", "whose minute is '60'"),
        ("0 24 * * *", "whose hour is '24'"),
        ("0 0 32 * *", "whose day of the month is '32'"),
        ("0 0 * 13 *", "whose month is '13'"),
        ("0 0 * * mo", "whose day of the week is 'mo'"),
        ("0 0 31 2 *", "which no day is"),
        (7, "which is no text"),
    ],
)
def test_a_wrong_line_is_named(line: Any, said: str) -> None:
    """With the field that is wrong."""
    assert said in cron_complaint(line)


@pytest.mark.parametrize("line", ["0 6 * * *", "*/5 8-18 * * mon-fri", "0 0 L * *"])
def test_right_lines_are_right(line: str) -> None:
    """As crontab(5) has them."""
    assert cron_complaint(line) == ""


@pytest.mark.parametrize(
    ("terms", "said", "hint"),
    [
        ({"max_attempts": 0}, "has max_attempts=0", "Write max_attempts=1."),
        ({"max_attempts": 1e9}, "has max_attempts=1000000000.0", "Write max_attempts=32767."),
        ({"priority": 101}, "has priority=101", "Write priority=100."),
        ({"keep_s": 2**40}, "has keep_s=", "Write keep_s=2147483647."),
        ({"backoff_s": -1}, "has backoff_s=-1", "Write backoff_s=0, or more."),
        ({"delay_s": float("nan")}, "has delay_s=nan", "Write delay_s=0, or more."),
        ({"time_limit_s": 0}, "has time_limit_s=0", "Write 600 or so."),
        ({"queue": ""}, "has queue=''", 'Leave it out for "default".'),
        ({"queue": "q" * 41}, "no name of 1 to 40 characters", 'Leave it out for "default".'),
        ({"unique": "key"}, "has unique='key'", "Write True"),
        ({"atomic": "yes"}, "has atomic='yes'", "Write True or False."),
        ({"schedule": "daily"}, "has a schedule that is 'daily', which has 1 fields", '"0 6 * * *"'),
    ],
)
def test_wrong_terms_are_named(terms: dict[str, Any], said: str, hint: str) -> None:
    """With the nearest right value."""
    ((sentence, advice),) = term_complaints(Job(**terms))
    assert said in sentence
    assert hint in advice


def needs(row: int, *rest: int) -> None:
    """Take what no schedule gives."""


def takes(what: "no_such_type") -> None:  # type: ignore[name-defined]  # noqa: F821
    """Take what nobody knows."""


def test_wrong_functions_are_named() -> None:
    """With where they stand, at start-up."""
    before = list(job_mistakes())
    try:
        job(schedule="0 6 * * *")(needs)
        job(takes)
        found = [str(mistake) for mistake in job_mistakes() if mistake not in before]
    finally:
        for each in (needs, takes):
            del _known[f"{__name__}.{each.__name__}"]
    assert before == []
    assert len(found) == 3
    assert found[0].startswith("(nuages.E075) tests/unit/jobs/test_schedule.py:")
    assert " needs: has a schedule and needs 'row'" in found[0]
    assert "has the parameter '*rest: int'" in found[1]
    assert "takes: has annotations that cannot be read: name 'no_such_type' is not defined" in found[2]
    with pytest.raises(DeclarationError, match=r"needs: has a term 'max_atempts'.*\n.*Did you mean 'max_attempts'"):
        job(max_atempts=3)(needs)


def test_wrong_settings_are_named(settings: Any) -> None:
    """A lease of no time would be over at once."""
    settings.NUAGES_JOB_LEASE_S = 0
    settings.NUAGES_JOB_MAX_RESULT_BYTES = 1.5
    assert [mistake.place for mistake in job_mistakes()] == [
        "settings.NUAGES_JOB_LEASE_S",
        "settings.NUAGES_JOB_MAX_RESULT_BYTES",
    ]

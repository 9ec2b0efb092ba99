"""What is wrong with TASKS and NUAGES_JOB_PROCESSES is found before anything runs."""

from typing import Any

import pytest

from nuages import env
from nuages.jobs.task_mistakes import task_mistakes, task_remarks
from nuages.jobs.tasks_found import carrier_path, stores_tasks
from nuages.servers.job_processes import job_processes, process_mistakes

OURS = "nuages.jobs.backend.JobBackend"
RQ = {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ({"default": {"BACKEND": OURS, "OPTIONS": {"max_attempt": 1}}}, "no option 'max_attempt'"),
        ({"default": {"BACKEND": OURS, "OPTIONS": {"queue": "a"}}}, "no option 'queue'"),
        ({"default": {"BACKEND": OURS, "OPTIONS": {"max_attempts": 0}}}, "max_attempts=0"),
        ({"default": {"BACKEND": OURS, "OPTIONS": []}}, "OPTIONS is no dict"),
        ({"default": {"BACKEND": "no.such.Backend"}}, "cannot be imported"),
        (RQ, "has no 'django_rq'"),
    ],
    ids=["misspelt", "a task's own", "no attempt", "no dict", "not there", "half of RQ"],
)
def test_wrong_tasks_are_found(settings: Any, tasks: Any, said: str) -> None:
    """With the setting's name."""
    settings.RQ_QUEUES = {"default": {"URL": "redis://localhost"}}
    settings.TASKS = tasks
    (mistake,) = task_mistakes()
    assert mistake.id == "nuages.E077"
    assert said in mistake.message


@pytest.mark.parametrize("tasks", [None, [], {"default": None}, {"default": {}}, {}], ids=repr)
def test_what_django_complains_of_is_left_to_it(settings: Any, tasks: Any) -> None:
    """Whatever it is."""
    settings.TASKS = tasks
    assert [*task_mistakes(), *task_remarks()] == []


def test_rqs_own_time_limit_is_remarked(settings: Any) -> None:
    """Where it is shorter than that of a job."""
    settings.TASKS, settings.RQ_QUEUES = RQ, {"default": {"DEFAULT_TIMEOUT": 100}, "fine": {"DEFAULT_TIMEOUT": -1}}
    (remark,) = task_remarks()
    assert (remark.id, remark.place) == ("nuages.W065", "settings.RQ_QUEUES['default']")


def test_who_carries_jobs(settings: Any) -> None:
    """Only a default back end that is neither ours nor runs tasks at once."""
    for path in (OURS, "django.tasks.backends.immediate.ImmediateBackend", "django_tasks.backends.dummy.DummyBackend"):
        settings.TASKS = {"default": {"BACKEND": path}, "other": RQ["default"]}
        assert carrier_path() is None
    settings.TASKS = RQ
    assert carrier_path() == RQ["default"]["BACKEND"]
    assert not stores_tasks()


@pytest.mark.parametrize("chosen", [-1, 513, "2", True, 1.0, None], ids=repr)
def test_processes_are_a_number(settings: Any, chosen: Any) -> None:
    """Else it is `nuages.E077`."""
    settings.NUAGES_JOB_PROCESSES = chosen
    (mistake,) = process_mistakes()
    assert mistake.id == "nuages.E077"


def test_the_environment_goes_before_the_setting(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the option before both."""
    settings.NUAGES_JOB_PROCESSES = 3
    assert job_processes() == 3
    monkeypatch.setenv("NUAGES_JOB_PROCESSES", "2")
    assert (job_processes(), job_processes(4), job_processes(0)) == (2, 4, 0)
    monkeypatch.setenv("NUAGES_JOB_PROCESSES", "many")
    assert [each.id for each in process_mistakes()] == ["nuages.E077"]


def test_redis_url_brings_jobs_to_rq(monkeypatch: pytest.MonkeyPatch) -> None:
    """With little patience for requests, and no time limit of RQ's."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    assert (env.tasks(), env.rq_queues()) == ({"default": {"BACKEND": OURS}}, {})
    for url, joined in (("redis://h:6379/0", "?"), ("unix:///run/v.sock?db=1", "&")):
        monkeypatch.setenv("REDIS_URL", url)
        assert env.tasks() == RQ
        queue = env.rq_queues()["default"]
        assert queue["URL"] == f"{url}{joined}socket_connect_timeout=2&socket_timeout=4"
        assert queue["DEFAULT_TIMEOUT"] == -1

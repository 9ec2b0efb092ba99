"""Workers in processes of their own: no job is lost with one, none is done twice that is to be done once.

NUAGES_JOBS says how many jobs there are over all kills: `make test` takes few, `make soak` as many as are promised.
"""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.live.processes import LIMIT_S, children_of, is_running, wait_for
from tests.live.racing import temp_url
from tests.live.working import Jobs
from tests.support.postgres import restartable_postgres

JOBS = int(os.environ.get("NUAGES_JOBS", "60"))
IS_SOAK = "NUAGES_JOBS" in os.environ
PROCESSES = {"sqlite": 8, "postgres": 64} if IS_SOAK else {"sqlite": 3, "postgres": 3}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database it is."""
    return str(request.param)


@pytest.fixture(scope="module")
def url(kind: str, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database for all tests."""
    with temp_url(kind, tmp_path_factory.mktemp(kind), seeded) as url:
        yield url


@pytest.fixture
def jobs(url: str, tmp_path: Path) -> Jobs:
    """No job yet."""
    found = Jobs(url, tmp_path)
    for table in ("nuages_job", "nuages_job_slot"):
        found.ask(f"DELETE FROM {table}")
    found.ask("DELETE FROM shop_author WHERE name LIKE 'job %' OR name IN ('slow', 'next', 'after')")
    return found


def test_no_job_is_lost_with_a_worker(jobs: Jobs, kind: str) -> None:  # T02, T03
    """Processes are killed all the time: each job is done, and once where its outcome is of its transaction."""
    begun_s = time.monotonic()
    jobs.enqueue(
        f"for number in range({JOBS}):\n"
        f"    (once if number % 2 else plain).enqueue(f'job {{number}}', 0.0 if {IS_SOAK} else 0.05)\n"
        "try:\n"
        "    with transaction.atomic():\n"
        "        plain.enqueue('rolled back')\n"  # T01
        "        raise KeyError\n"
        "except KeyError:\n"
        "    pass\n"
    )
    enqueued_s, kills = time.monotonic() - begun_s, 0
    chance = random.Random(7)
    with ExitStack() as stack:
        worker = stack.enter_context(jobs.worker("--processes", str(PROCESSES[kind]), TEST_LEASE_S="1"))
        deadline_s = time.monotonic() + (20 * LIMIT_S if IS_SOAK else LIMIT_S)
        while set(jobs.statuses()) != {"succeeded"}:
            assert time.monotonic() < deadline_s, (jobs.statuses(), worker.said()[-2_000:])
            time.sleep(chance.uniform(0.5, 1.5) if IS_SOAK else 0.2)
            victims = children_of(worker.process.pid)
            if kills % 7 == 6:  # the parent: its children end, another worker goes on
                worker.process.kill()
                worker.process.wait()
                kills += 1
                worker = stack.enter_context(
                    jobs.worker("--processes", str(PROCESSES[kind]), number=kills, TEST_LEASE_S="1")
                )
            elif victims and kills < 60 * (1 + IS_SOAK):
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(victims), signal.SIGKILL)
                kills += 1
    took_s = time.monotonic() - begun_s - enqueued_s
    done = Counter(jobs.ledger())
    assert all(done[f"job {number}"] >= 1 for number in range(0, JOBS, 2))
    rows = Counter(name for (name,) in jobs.ask("SELECT name FROM shop_author WHERE name LIKE 'job %'"))
    assert all(rows[f"job {number}"] >= 1 for number in range(0, JOBS, 2))
    assert [rows[f"job {number}"] for number in range(1, JOBS, 2)] == [1] * (JOBS // 2)
    assert "rolled back" not in done
    ((attempts,),) = jobs.ask("SELECT SUM(attempts) FROM nuages_job")
    begun = sum(count for word, count in done.items() if " begins " in word)
    assert JOBS <= begun <= attempts  # each that began was counted
    assert attempts > JOBS or IS_SOAK  # some were killed at work
    figures = f"{JOBS} enqueued in {enqueued_s:.1f} s, run in {took_s:.1f} s = {JOBS / took_s:.0f}/s"
    sys.stdout.write(f"{kind}: {figures}, {kills} kills, {attempts - JOBS} further attempts\n")


def test_a_job_that_kills_its_workers_is_a_dead_letter(jobs: Jobs) -> None:  # T04
    """It begins as often as it may; the process is replaced each time."""
    jobs.enqueue("poison.enqueue()\nplain.enqueue('after')")
    with jobs.worker(TEST_LEASE_S="0.5") as worker:
        jobs.wait_for("failed", "succeeded")
        assert worker.process.poll() is None
    assert [word for word in jobs.ledger() if "poison" in word] == ["poison 1", "poison 2"]
    ((status, problem, attempts),) = jobs.ask(
        "SELECT status, problem, attempts FROM nuages_job WHERE name LIKE '%poison'"
    )
    assert (status, "worker-lost" in problem, attempts) == ("failed", True, 2)
    assert jobs.statuses() == {"failed": 1, "succeeded": 1}


def test_a_worker_that_is_told_to_end_finishes_its_job(jobs: Jobs) -> None:  # T05
    """It begins no other one."""
    held = jobs.hold("slow")
    jobs.enqueue("plain.enqueue('slow')\nplain.using(delay_s=3600).enqueue('next')")
    with jobs.worker() as worker:
        jobs.wait_for_note("slow begins 1")
        worker.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        jobs.make_due()
        held.unlink()
        assert worker.process.wait(LIMIT_S) == 0
    assert jobs.statuses() == {"succeeded": 1, "queued": 1}
    assert not any("next" in word for word in jobs.ledger())


def test_a_job_that_outlasts_the_drain_goes_back(jobs: Jobs) -> None:  # T05
    """Its attempt does not count, and nothing of its transaction is left; the next worker runs it."""
    held = jobs.hold("slow")
    jobs.enqueue("once.enqueue('slow')")
    with jobs.worker(TEST_JOB_DRAIN_S="0.5") as worker:
        jobs.wait_for_note("slow begins 1")
        assert worker.stop() == 0
    assert jobs.ask("SELECT status, attempts, worker FROM nuages_job") == [("queued", 0, "")]
    held.unlink()
    with jobs.worker("--batch") as worker:
        assert worker.process.wait(LIMIT_S) == 0
    assert jobs.ask("SELECT status, attempts FROM nuages_job") == [("succeeded", 1)]
    assert jobs.ask("SELECT COUNT(*) FROM shop_author WHERE name = 'slow'") == [(1,)]


def test_a_job_that_takes_too_long_is_ended(jobs: Jobs, kind: str) -> None:
    """Whatever it does meanwhile; one that does not obey is killed with its process."""
    kinds = ["sleeps", "busy", "deaf"] + (["asks"] if kind == "postgres" else [])
    jobs.enqueue("".join(f"endless.enqueue('{each}')\n" for each in kinds) + "endless_coroutine.enqueue()")
    with jobs.worker("--processes", "2", TEST_LEASE_S="1"):
        jobs.wait_for("failed")
        if kind == "postgres":
            assert jobs.ask("SELECT COUNT(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'") == [(0,)]
    ended = {word for word in jobs.ledger() if "begins" not in word}
    assert ended == {*(f"{each} TimedOut" for each in kinds), "coroutine ended"}
    problems = [problem for (problem,) in jobs.ask("SELECT problem FROM nuages_job")]
    assert sum("time-limit" in problem for problem in problems) == len(kinds)
    assert sum("worker-lost" in problem for problem in problems) == 1


def test_a_job_that_runs_is_canceled(jobs: Jobs, kind: str) -> None:
    """Within some seconds, and what it did in its transaction is undone; in SQLite nobody could ask for that."""
    jobs.hold("slow")
    jobs.enqueue(f"{'plain' if kind == 'sqlite' else 'once'}.using(key='slow').enqueue('slow')")
    with jobs.worker():
        jobs.wait_for_note("slow begins 1")
        jobs.ask("UPDATE nuages_job SET cancel_asked_at = run_at")
        jobs.wait_for("canceled")
    assert jobs.ask("SELECT attempts, unique_key FROM nuages_job") == [(1, None)]
    assert jobs.ask("SELECT COUNT(*) FROM shop_author WHERE name = 'slow'") == [(0,)]


def test_a_lease_is_renewed_and_progress_is_seen(jobs: Jobs) -> None:
    """A job may take many times its lease, and tells meanwhile how far it is; one whose row is another's ends."""
    jobs.enqueue("steps.enqueue(150)")
    with jobs.worker(TEST_LEASE_S="0.8") as worker:
        wait_for(lambda: jobs.ask("SELECT COUNT(*) FROM nuages_job WHERE progress_done > 50") == [(1,)], worker.said)
        jobs.wait_for("succeeded")
        assert jobs.ask("SELECT attempts, result, progress_note FROM nuages_job") == [(1, "150", "step 149")]
        jobs.hold("slow")
        jobs.enqueue("plain.enqueue('slow')")
        jobs.wait_for_note("slow begins 1")
        jobs.ask("UPDATE nuages_job SET worker = 'another', attempts = 9 WHERE status = 'running'")
        wait_for(lambda: "another worker's by now" in worker.said(), worker.said)
        jobs.ask("DELETE FROM nuages_job WHERE worker = 'another'")


def test_children_do_not_outlive_their_parent(jobs: Jobs) -> None:
    """However it ends, they finish what they have, and take nothing else."""
    held = jobs.hold("slow")
    jobs.enqueue("plain.enqueue('slow')\nplain.using(delay_s=3600).enqueue('next')")
    with jobs.worker("--processes", "2") as worker:
        jobs.wait_for_note("slow begins 1")
        children = children_of(worker.process.pid)
        assert len(children) == 2
        worker.process.kill()
        wait_for(lambda: sum(map(is_running, children)) == 1)
        jobs.make_due()
        held.unlink()
        wait_for(lambda: not any(map(is_running, children)))
    assert jobs.statuses() == {"succeeded": 1, "queued": 1}


def test_a_slot_is_run_once_by_many_schedulers(jobs: Jobs) -> None:  # T07
    """Whatever their own clocks say: an hour ahead, an hour behind. What was missed is run once."""
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')" if "sqlite" in jobs.url else "now() - interval '3 years'"
    jobs.ask(f"INSERT INTO nuages_job_slot VALUES ('tests.live.project.jobs_urls.scheduled', {now})")
    with ExitStack() as stack:
        for number, ahead_s in enumerate((0, 3600, -3600)):
            clock = {"TEST_CLOCK_S": str(ahead_s), "TEST_SCHEDULE": "0 0 1 1 *"}
            stack.enter_context(jobs.worker(number=number, **clock))
        jobs.wait_for_note("scheduled")
        time.sleep(3)
    assert jobs.ledger() == ["scheduled"]
    assert jobs.statuses() == {"succeeded": 1}


def test_a_worker_outlives_a_restart_of_its_database(tmp_path: Path) -> None:  # T06
    """It waits, also with an outcome to store, and goes on when it is back; nothing is done twice."""
    with restartable_postgres(synchronous_commit="on") as postgres:
        jobs = Jobs(f"postgres://postgres@{str(postgres.cluster.directory).replace('/', '%2F')}/postgres", tmp_path)
        jobs.managed("migrate", "--verbosity", "0")
        held = jobs.hold("slow")
        jobs.enqueue("plain.enqueue('slow')\nplain.using(delay_s=1).enqueue('next')")
        with jobs.worker("--processes", "2", TEST_LEASE_S="30") as worker:
            jobs.wait_for_note("slow begins 1")
            postgres.stop(immediately=True)
            time.sleep(2)
            postgres.start()
            back_s = time.monotonic()
            held.unlink()
            jobs.wait_for("succeeded")
            sys.stdout.write(f"done {time.monotonic() - back_s:.1f} s after the database was back\n{worker.said()}")
        assert Counter(jobs.ledger())["next"] == 1

"""`manage.py serve` runs jobs, too: a worker beside it, which is begun again, exchanged, and ends with it."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Serve
from tests.live.processes import Server, children_of, is_running, wait_for
from tests.live.working import PROJECT, Jobs

ON: dict[str, Any] = {"NUAGES_JOB_PROCESSES": "1", "DJANGO_SETTINGS_MODULE": PROJECT}


@pytest.fixture
def jobs(shop: Path) -> Jobs:
    """The jobs of the server's database."""
    return Jobs(f"sqlite:///{shop / 'shop.sqlite3'}", shop)


def crew_of(jobs: Jobs, server: Server) -> int:
    """The worker beside a server, by the process that runs a job."""
    ((name,),) = jobs.ask("SELECT worker FROM nuages_job WHERE status = 'running'")
    runner = int(name.split(":")[1])
    return next(child for child in children_of(server.process.pid) if runner in children_of(child))


def test_a_worker_is_beside_the_server(serve: Serve, jobs: Jobs) -> None:
    """Exchanged by SIGHUP while a job goes on, begun again when it is killed, waited for by SIGTERM."""
    server = serve(**ON)
    wait_for(lambda: "  Jobs      1 at once, " in server.said(), server.said)
    held = jobs.hold("job a")
    jobs.enqueue("plain.enqueue('job a')")
    jobs.wait_for_note("job a begins 1")
    first = crew_of(jobs, server)
    server.process.send_signal(signal.SIGHUP)
    jobs.enqueue("plain.enqueue('job b')")
    jobs.wait_for_note("job b")
    assert is_running(first), "it has a job still"
    held.unlink()
    wait_for(lambda: not is_running(first))
    held = jobs.hold("job c")
    jobs.enqueue("plain.enqueue('job c')")
    jobs.wait_for_note("job c begins 1")
    os.kill(crew_of(jobs, server), signal.SIGKILL)
    jobs.enqueue("plain.enqueue('job d')")
    jobs.wait_for_note("job d")
    assert "The worker of jobs ended (-9)" in server.said()
    held.unlink()
    jobs.wait_for("succeeded")
    held = jobs.hold("job e")
    jobs.enqueue("plain.enqueue('job e')")
    jobs.wait_for_note("job e begins 1")
    server.process.terminate()
    wait_for(server.refuses)
    held.unlink()
    assert server.process.wait(60) == 0
    assert jobs.ledger()[-1] == "job e"
    assert jobs.statuses() == {"succeeded": 5}


def test_the_worker_ends_with_a_killed_server(serve: Serve, jobs: Jobs) -> None:
    """It gives no job a second worker."""
    server = serve(**ON)
    held = jobs.hold("job a")
    jobs.enqueue("plain.enqueue('job a')")
    jobs.wait_for_note("job a begins 1")
    crew = crew_of(jobs, server)
    server.process.kill()
    held.unlink()
    wait_for(lambda: not is_running(crew))
    jobs.enqueue("plain.enqueue('job b')")
    assert jobs.statuses() in ({"succeeded": 1, "queued": 1}, {"queued": 2})


def test_a_server_may_leave_jobs_to_others(serve: Serve, jobs: Jobs) -> None:
    """By an option, the environment or the setting; the banner says so."""
    server = serve("--job-processes", "0", **ON)
    wait_for(lambda: "Jobs      run elsewhere: manage.py worker" in server.said(), server.said)
    assert len(children_of(server.process.pid)) == 1

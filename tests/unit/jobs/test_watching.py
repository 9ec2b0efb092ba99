"""A job that another worker brings by its id has its lease, its time limit and its end, as in our own."""

import signal
import threading
from typing import Any

import pytest
from django.db import connections

from nuages.jobs.running import run_by_id
from nuages.models import StoredJob
from tests.unit.jobs import doing
from tests.unit.jobs.doing import linger


@pytest.mark.parametrize("is_main", [True, False])
def test_a_job_brought_by_its_id_is_watched(
    database: Any, transactional_db: None, settings: Any, is_main: bool
) -> None:
    """In a main thread it is ended by a signal, whose handlers are afterwards what they were; else when it tells."""
    settings.NUAGES_JOB_LEASE_S = 1
    doing.done.clear()
    before = signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGALRM)
    key, found = linger.enqueue(tells=not is_main), []

    def run() -> None:
        try:
            found.append(run_by_id(key, worker="w"))
        finally:
            if not is_main:
                connections.close_all()

    if is_main:
        run()
    else:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert found == ["canceled"]
    assert doing.done[0] == "renewed"
    assert StoredJob.objects.get().status == "canceled"
    assert before == (signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGALRM))
    assert [thread for thread in threading.enumerate() if "nuages-job" in thread.name] == []

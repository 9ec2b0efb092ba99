"""Django's admin shows jobs and dead letters, queues them again, cancels them; what they hold is not for all."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from nuages.models import JobPiece, StoredJob

JOBS = "/admin/nuages/storedjob/"


@pytest.fixture
def root(database: Any) -> Client:
    """The browser of a superuser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def staff(*permissions: str) -> Client:
    """The browser of staff with these permissions on jobs."""
    user = User.objects.create_user("ann", is_staff=True)
    named = Permission.objects.filter(codename__in=[f"{each}_storedjob" for each in permissions])
    user.user_permissions.set(named)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dead(database: Any) -> StoredJob:
    """A job that has failed for good."""
    arguments = {"order": 7, "card": {"password": "hunter2", "api_key": ["k-99"]}, "note": "<b>fast</b>"}
    return StoredJob.objects.create(
        name="shop.jobs.send_letter",
        owner="user:7",
        status="failed",
        attempts=3,
        max_attempts=3,
        arguments=json.dumps(arguments),
        problem='{"detail": "told to its owner"}',
        traceback="Traceback: <i>BrokenError</i>",
        progress_done=5,
        progress_total=20,
        progress_note="letters",
    )


def test_jobs_are_listed(root: Client, dead: StoredJob) -> None:
    """With status, name, owner, attempts and progress; found by id, by owner and by name; filtered by status."""
    other = StoredJob.objects.create(name="shop.jobs.count_stock")
    page = root.get(JOBS).content.decode()
    for shown in ("send_letter", "count_stock", "user:7", "3 of 3", "5 of 20 (25%) letters", f"{str(dead.pk)[:8]}…"):
        assert shown in page
    finding = {"id": str(dead.pk), "owner": "user:7", "name": "letter"}
    for query in (*(f"q={text}" for text in finding.values()), "status__exact=failed"):
        page = root.get(f"{JOBS}?{query}").content.decode()
        assert f"{JOBS}{dead.pk}/change/" in page
        assert f"{JOBS}{other.pk}/change/" not in page


def test_a_job_is_shown_whole(root: Client, dead: StoredJob) -> None:
    """Its traceback and its arguments, escaped; what has the name of a secret is hidden. Nothing can be written."""
    url = f"{JOBS}{dead.pk}/change/"
    page = root.get(url).content.decode()
    for shown in (
        "told to its owner",
        "&lt;i&gt;BrokenError&lt;/i&gt;",
        "order",
        "&lt;b&gt;fast&lt;/b&gt;",
        "(hidden)",
    ):
        assert shown in page
    for hidden in ("hunter2", "k-99", "<b>fast"):
        assert hidden not in page
    root.post(url, {"status": "succeeded", "name": "os.system", "arguments": "{}"})
    changed = StoredJob.objects.get()
    assert (changed.status, changed.name, changed.arguments) == ("failed", dead.name, dead.arguments)
    assert root.get(f"{JOBS}add/").status_code == 403


def test_what_a_job_holds_is_for_superusers(dead: StoredJob) -> None:
    """Others see why it failed, not what it was given and gave; and change nothing without the permission."""
    StoredJob.objects.update(result='"a result"')
    client = staff("view")
    page = client.get(f"{JOBS}{dead.pk}/change/").content.decode()
    assert "BrokenError" in page
    for hidden in ("fast", "a result"):
        assert hidden not in page
    for action in ("queue_again", "cancel", "delete_selected"):
        client.post(JOBS, {"action": action, "_selected_action": [str(dead.pk)], "post": "yes"})
    assert StoredJob.objects.get().status == "failed"


def test_dead_letters_are_queued_again(dead: StoredJob) -> None:
    """With all their attempts, and as if they had never run; also from the list of those that have failed."""
    fine = StoredJob.objects.create(name="shop.jobs.fine", status="succeeded")
    client = staff("view", "change")
    chosen = {"action": "queue_again", "_selected_action": [str(dead.pk), str(fine.pk)]}
    page = client.post(JOBS, chosen, follow=True).content.decode()
    assert "1 queued again. 1 had neither failed nor been canceled." in page
    again = StoredJob.objects.get(pk=dead.pk)
    assert (again.status, again.attempts, again.problem, again.traceback) == ("queued", 0, None, "")
    assert StoredJob.objects.get(pk=fine.pk).status == "succeeded"
    StoredJob.objects.filter(pk=dead.pk).update(status="failed")
    page = client.post(f"{JOBS}?status__exact=failed", chosen, follow=True).content.decode()
    assert "1 queued again." in page


def test_jobs_are_canceled(root: Client) -> None:
    """Those that wait at once; of those that run the end is asked for; the rest stay as they are."""
    rows = {status: StoredJob.objects.create(name=status, status=status) for status in StoredJob.Status.values}
    chosen = {"action": "cancel", "_selected_action": [str(row.pk) for row in rows.values()]}
    page = root.post(JOBS, chosen, follow=True).content.decode()
    assert "1 canceled, 1 asked to end." in page
    now = {row.name: row for row in StoredJob.objects.all()}
    assert (now["queued"].status, now["running"].status) == ("canceled", "running")
    assert now["running"].cancel_asked_at is not None
    assert now["succeeded"].status == "succeeded"


def test_jobs_are_deleted_with_their_results(root: Client, dead: StoredJob, statements: Any) -> None:
    """Without asking for what is in them."""
    JobPiece.objects.create(job=dead, attempt=3, number=0, content=b"x" * 1000)
    chosen = {"action": "delete_selected", "_selected_action": [str(dead.pk)]}
    assert "send_letter failed" in root.post(JOBS, chosen).content.decode()
    root.post(JOBS, {**chosen, "post": "yes"})
    assert (StoredJob.objects.count(), JobPiece.objects.count()) == (0, 0)
    assert not [sql for sql in statements if sql.startswith("SELECT") and "content" in sql and "job_piece" in sql]


@pytest.mark.parametrize("text", ["%", "0" * 40, "\0", "' OR 1=1", "user:"])
def test_any_text_may_be_searched_for(root: Client, dead: StoredJob, text: str) -> None:
    """Whether it could be an id or not."""
    assert root.get(JOBS, {"q": text}).status_code == 200

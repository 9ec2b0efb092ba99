"""No row without its file, and no file without its row: whatever stands against a change takes back both."""

import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError, IntegrityError, OperationalError, transaction
from django.db.models import Q

from nuages import Resource, anyone
from nuages.change.files import Stored, take_back
from nuages.change.transactions import MOST_ATTEMPTS
from nuages.declare.spec import FileLimits
from nuages.parse.uploads import Upload
from tests.http.asking import send
from tests.http.forms import exhibits, files_in, media, part, photo, send_form, sheet
from tests.http.writing import faults, shown
from tests.zoo.models import Delivery, Exhibit

api = exhibits()
LABEL = part("label", "one")
__all__ = ["media"]  # a fixture


@pytest.fixture(autouse=True)
def committed(transactional_db: None, database: Any) -> Any:
    """Changes are stored, and taken back, as they are for a client."""
    assert not database.in_atomic_block
    return database


def _create_and_fail(error: BaseException) -> Any:
    def create(self: Resource, values: dict[str, Any], principal: Any) -> Any:
        Resource.create(self, values, principal)
        raise error

    return create


def _dangle(self: Resource, values: dict[str, Any], principal: Any) -> Any:
    """Make a row beside the own one that points nowhere, which the database finds out when it commits."""
    Delivery.objects.create(word_id="nowhere")
    return Resource.create(self, values, principal)


OTHERS_ONLY = {"read": anyone, "write": lambda _: Q(label="other")}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"create": _create_and_fail(PermissionDenied())}, 401),
        ({"create": _create_and_fail(RuntimeError())}, 500),
        ({"create": _create_and_fail(IntegrityError("CHECK constraint failed: x"))}, 422),
        ({"create": _create_and_fail(OperationalError("the database is away"))}, 503),
        ({"create": _dangle}, 409),
        ({"rules": OTHERS_ONLY}, 401),
    ],
    ids=["not allowed", "failed", "checked", "away", "dangling", "rule"],
)
def test_a_row_that_is_not_made_leaves_no_file(
    media: Path, more: dict[str, Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A hook that fails before or after, a rule that the new row breaks, a constraint that is looked at in the end."""
    response = send_form(exhibits(**more), "POST", "/things", LABEL, sheet(), photo())
    assert response.status == status, response.body
    assert (files_in(media), Exhibit.objects.count()) == ({}, 0)


def test_a_value_that_is_taken_leaves_no_file(media: Path) -> None:
    """Of a new row and of a changed one, which keeps the file that it had."""
    first = shown(send_form(api, "POST", "/things", LABEL, sheet("first")))
    second = shown(send_form(api, "POST", "/things", part("label", "two"), sheet("second")))
    before = files_in(media)
    for method, url in (("POST", "/things"), ("PATCH", f"/things/{second['id']}")):
        response = send_form(api, method, url, LABEL, sheet("new"), photo())
        assert (response.status, faults(response)) == (409, [("/label", "taken")])
        assert files_in(media) == before
    assert first["sheet"] != second["sheet"]


@pytest.mark.parametrize("error", [PermissionDenied(), RuntimeError(), OperationalError("away")], ids=repr)
def test_a_change_that_fails_keeps_the_old_file(
    media: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the hook fails after the row was written, or deleted."""

    def merge(self: Resource, row: Any, values: dict[str, Any], principal: Any) -> None:
        Resource.merge(self, row, values, principal)
        raise error

    def delete(self: Resource, row: Any, principal: Any) -> None:
        Resource.delete(self, row, principal)
        raise error

    made, before = shown(send_form(api, "POST", "/things", LABEL, sheet("old"))), files_in(media)
    failing = exhibits(merge=merge, delete=delete)
    assert send_form(failing, "PATCH", f"/things/{made['id']}", sheet("new")).status >= 400
    assert send(failing, f"/things/{made['id']}", "DELETE").status >= 400
    assert files_in(media) == before
    assert Exhibit.objects.get().sheet.name in before


def test_a_row_that_is_not_really_deleted_keeps_its_file(media: Path) -> None:
    """A hook may only mark it; it names its file still."""

    def delete(self: Resource, row: Any, principal: Any) -> None:
        row.is_open = True
        row.save()

    marking = exhibits(delete=delete)
    made, before = shown(send_form(api, "POST", "/things", LABEL, sheet())), files_in(media)
    assert send(marking, f"/things/{made['id']}", "DELETE").status == 204
    assert (files_in(media), Exhibit.objects.get().is_open) == (before, True)


def test_preconditions_and_hidden_rows_leave_no_file(media: Path) -> None:
    """A 404, a 412 and a 422 come before anything is stored."""
    made, before = shown(send_form(api, "POST", "/things", LABEL, sheet())), files_in(media)
    url = f"/things/{made['id']}"
    assert send_form(api, "PATCH", "/things/999999", sheet("new")).status == 404
    assert send_form(api, "PATCH", url, sheet("new"), if_match='"x"').status == 412
    assert send_form(api, "PATCH", url, sheet("new"), part("price", "x")).status == 422
    assert files_in(media) == before


class GaveWay:
    """A hook during which the database gives way to another client, so many times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.stored: list[set[str]] = []

    def method(self, media: Path) -> Any:
        """Give the hook."""

        def create(resource: Resource, values: dict[str, Any], principal: Any) -> Any:
            row = Resource.create(resource, values, principal)
            self.stored.append(set(files_in(media)))
            if len(self.stored) <= self.failures:
                error = OperationalError("gave way")
                error.__cause__ = _Cause("40001")
                raise error
            return row

        return create


class _Cause(Exception):
    """What a driver raises: psycopg puts the code there."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize("size", [10, 4_000_000])
@pytest.mark.parametrize("failures", [0, 1, MOST_ATTEMPTS - 1, MOST_ATTEMPTS])
def test_a_change_that_is_run_again_stores_its_file_once(
    media: Path, failures: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload is read anew each time, from memory or from the disk, and nothing of an attempt in vain is left."""
    monkeypatch.setattr("nuages.change.transactions._PAUSE_S", 0.0)
    hook, content = GaveWay(failures), b"x" * size
    response = send_form(exhibits(create=hook.method(media)), "POST", "/things", LABEL, sheet(content))
    assert [len(names) for names in hook.stored] == [1] * min(failures + 1, MOST_ATTEMPTS)
    stored = [content] if failures < MOST_ATTEMPTS else []
    assert response.status == (201 if stored else 503)
    assert list(files_in(media).values()) == stored
    assert Exhibit.objects.count() == len(stored)


class FullDisk(FileSystemStorage):
    """A storage whose disk is full in the middle of a file."""

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device", str(path))


class Away(FileSystemStorage):
    """A storage whose service answers nothing, with an error of its own."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        raise LookupError("a secret of the service")


@pytest.mark.parametrize("storage", [FullDisk, Away])
def test_a_storage_that_fails_is_503(
    media: Path, storage: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No row, no file, not half a one, and none of another field; the log says why, the client is not told."""
    monkeypatch.setattr(Exhibit._meta.get_field("photo"), "storage", storage(location=str(media)))
    response = send_form(api, "POST", "/things", LABEL, sheet(), photo())
    assert (response.status, shown(response)["type"]) == (503, "urn:nuages:problem:storage-failed")
    assert response.header("Retry-After") == "10"
    assert b"secret" not in response.body
    assert str(media).encode() not in response.body
    assert (files_in(media), Exhibit.objects.count()) == ({}, 0)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].exc_info


def test_a_temporary_directory_that_is_full_is_503(
    media: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Before a transaction is begun."""
    settings.FILE_UPLOAD_TEMP_DIR, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = str(media / "none"), 10
    response = send_form(api, "POST", "/things", LABEL, sheet("x" * 11))
    assert (response.status, shown(response)["type"]) == (503, "urn:nuages:problem:storage-failed")


class Stubborn(FileSystemStorage):
    """A storage that does not let go of a file."""

    def delete(self, name: str) -> None:
        raise PermissionError("a secret of the disk")


def test_an_old_file_that_stays_is_no_fault_of_the_change(
    media: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A file too many is logged, and the client has what it asked for."""
    made = shown(send_form(api, "POST", "/things", LABEL, sheet("old")))
    monkeypatch.setattr(Exhibit._meta.get_field("sheet"), "storage", Stubborn(location=str(media)))
    assert send_form(api, "PATCH", f"/things/{made['id']}", sheet("new")).status == 200
    assert sorted(files_in(media).values()) == [b"new", b"old"]
    assert "could not be deleted" in caplog.text


class Overwriting(FileSystemStorage):
    """A storage that writes over a file of the same name, as those of many services do."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        extension = Path(name).suffix
        return name.removesuffix(extension)[: (max_length or len(name)) - len(extension)] + extension

    def exists(self, name: str) -> bool:
        return False

    def _save(self, name: str, content: Any) -> str:
        Path(self.path(name)).unlink(missing_ok=True)
        return super()._save(name, content)


def test_a_storage_that_overwrites_mixes_no_files(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same name twice is two files, and what is refused takes nobody else's away."""
    field = Exhibit._meta.get_field("sheet")
    monkeypatch.setattr(field, "storage", Overwriting(location=str(media)))
    monkeypatch.setattr(field, "max_length", 40)
    long = "a long name" * 10 + ".txt"
    first = shown(send_form(api, "POST", "/things", LABEL, sheet("first", long)))
    assert send_form(api, "POST", "/things", LABEL, sheet("second", long)).status == 409
    assert send_form(api, "POST", "/things", part("label", "3"), sheet("third", long)).status == 201
    assert sorted(files_in(media).values()) == [b"first", b"third"]
    assert Path(first["sheet"]).name in {Path(name).name for name in files_in(media)}


def _uploaded(name: str) -> Upload:
    field = Exhibit._meta.get_field("sheet")
    upload = Upload("sheet", name, "", FileLimits(100, {}, (), 1, keeps=False))
    upload.stored.append(Stored(field, field.storage, name))
    return upload


@pytest.mark.parametrize(
    ("error", "is_left"), [(OperationalError(), True), (DatabaseError(), True), (KeyError(), False)]
)
def test_what_a_row_may_name_is_not_taken_back(media: Path, error: Exception, is_left: bool, database: Any) -> None:
    """A connection that broke while it committed may have stored the row: then the row is asked for."""
    for name in ("named.txt", "unnamed.txt"):
        (media / name).parent.mkdir(exist_ok=True)
        (media / name).write_text(name)
    Exhibit.objects.create(label="one", sheet="named.txt")
    for name in ("named.txt", "unnamed.txt"):
        upload = _uploaded(name)
        take_back([upload], database.alias, error)
        assert upload.stored == []
        upload.close()
    assert set(files_in(media)) == ({"named.txt"} if is_left else set())


def test_what_cannot_be_looked_up_is_not_taken_back(
    media: Path, database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A file too many is better than a row without its file."""
    media.mkdir()
    (media / "x.txt").write_text("x")
    upload = _uploaded("x.txt")
    with transaction.atomic(using=database.alias):
        transaction.set_rollback(True, using=database.alias)
        take_back([upload], database.alias, OperationalError())
    upload.close()
    assert set(files_in(media)) == {"x.txt"}
    assert "x.txt may be left" in caplog.text


def test_uploads_leave_nothing_behind(media: Path, settings: Any) -> None:
    """No open file and no temporary one, whether they were stored or refused."""
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    temporary = media.parent / "temporary"
    temporary.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(temporary)
    send_form(api, "POST", "/things", part("label", "first"), sheet())
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(20):
        label = part("label", str(number % 10))
        send_form(api, "POST", "/things", label, sheet("x" * 1000), part("price", "x" * (number % 2)))
        send_form(api, "POST", "/things", label, sheet("x" * 1000), b"no part")
        send_form(api, "POST", "/things", label, sheet("x" * 1000), photo(b"x" * 1000))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    assert list(temporary.iterdir()) == []

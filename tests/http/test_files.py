"""Files are written with their rows: sent as a form, shown as URLs, replaced, cleared and deleted."""

import re
from pathlib import Path
from typing import Any

import pytest

from nuages import anyone, file
from tests.http.asking import ask, send
from tests.http.forms import WRITABLE, exhibits, files_in, media, part, photo, picture, send_form, sheet
from tests.http.writing import change, faults, shown
from tests.zoo.models import Exhibit

api = exhibits()
__all__ = ["media"]  # a fixture


def _made(*parts: bytes) -> dict[str, Any]:
    response = send_form(api, "POST", "/things", *(parts or (part("label", "one"), sheet(), photo())))
    assert response.status == 201, response.body
    document: dict[str, Any] = shown(response)
    return document


def test_a_form_makes_a_row_with_its_files(database: Any, media: Path) -> None:
    """What is stored is what was sent, and its URL is the storage's."""
    image = picture()
    made = _made(part("label", "one"), sheet(b"\x00\r\n--binary\xff"), photo(image))
    row = Exhibit.objects.get()
    assert (made["sheet"], made["photo"]) == (row.sheet.url, row.photo.url)
    assert re.fullmatch(r"/media/sheets/sheet_\w{16}\.txt", made["sheet"])
    assert (made["width"], made["height"]) == (3, 2)
    assert files_in(media) == {row.sheet.name: b"\x00\r\n--binary\xff", row.photo.name: image}
    assert ask(api, f"/things/{made['id']}") == made


def test_what_a_document_says_beside_files(database: Any, media: Path) -> None:
    """The part `document` is JSON, for what no text can say; texts may stand beside it."""
    document = part("document", '{"label": "one", "data": {"a": [1, null]}, "price": "2.50"}', None, "application/json")
    made = _made(document, part("seen_on", "2024-05-31"), sheet())
    assert (made["label"], made["data"], made["price"]) == ("one", {"a": [1, None]}, "2.50")
    assert (made["seen_on"], made["photo"], made["badge"]) == ("2024-05-31", None, "/media/badges/none.txt")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_file_is_replaced(transactional_db: None, database: Any, media: Path, method: str) -> None:
    """The new one has another URL, and the old one goes once the change is stored."""
    made = _made()
    few = exhibits(["label", "sheet", "photo"])
    new = picture("PNG", (5, 4))
    changed = shown(send_form(few, method, f"/things/{made['id']}", part("label", "one"), sheet("new"), photo(new)))
    assert {made["sheet"], made["photo"]}.isdisjoint({changed["sheet"], changed["photo"]})
    assert (changed["width"], changed["height"]) == (5, 4)
    row = Exhibit.objects.get()
    assert files_in(media) == {row.sheet.name: b"new", row.photo.name: new}


def test_a_patch_without_a_file_keeps_it(transactional_db: None, database: Any, media: Path) -> None:
    """In a form and in JSON."""
    made, before = _made(), files_in(media)
    assert shown(send_form(api, "PATCH", f"/things/{made['id']}", part("label", "two")))["sheet"] == made["sheet"]
    assert shown(change(api, "PATCH", f"/things/{made['id']}", {"label": "three"}))["photo"] == made["photo"]
    assert files_in(media) == before


@pytest.mark.parametrize("cleared", [None, ""])
def test_a_file_is_cleared(transactional_db: None, database: Any, media: Path, cleared: Any) -> None:
    """Where there may be none: null and "" are the same, and the file goes."""
    made = _made()
    after = shown(change(api, "PATCH", f"/things/{made['id']}", {"photo": cleared}))
    assert (after["photo"], after["width"]) == (None, None)
    assert files_in(media).keys() == {Exhibit.objects.get().sheet.name}
    refused = change(api, "PATCH", f"/things/{made['id']}", {"sheet": cleared})
    assert (refused.status, faults(refused)) == (422, [("/sheet", "null")])


def test_a_file_is_cleared_by_an_empty_text(transactional_db: None, database: Any, media: Path) -> None:
    """In a form."""
    made = _made()
    assert shown(send_form(api, "PATCH", f"/things/{made['id']}", part("photo", "")))["photo"] is None


def test_an_input_in_which_nothing_was_chosen_is_no_file(database: Any, media: Path) -> None:
    """A browser sends an empty name and no bytes."""
    chosen = part("photo", b"", "", "application/octet-stream")
    assert _made(part("label", "one"), sheet(), chosen)["photo"] is None


def test_a_file_goes_with_its_row(transactional_db: None, database: Any, media: Path) -> None:
    """Not the one that rows share until they have their own."""
    (media / "badges").mkdir(parents=True)
    (media / "badges" / "none.txt").write_text("none")
    made = _made()
    assert send(api, f"/things/{made['id']}", "DELETE").status == 204
    assert files_in(media) == {"badges/none.txt": b"none"}


def test_a_file_that_is_kept_outlives_its_row(transactional_db: None, database: Any, media: Path) -> None:
    """`keep` leaves it to the project when it goes."""
    kept = exhibits(["label", file("sheet", keep=True)])
    made = shown(send_form(kept, "POST", "/things", part("label", "one"), sheet("old")))
    send_form(kept, "PATCH", f"/things/{made['id']}", sheet("new"))
    assert send(kept, f"/things/{made['id']}", "DELETE").status == 204
    assert sorted(files_in(media).values()) == [b"new", b"old"]


def test_a_file_that_another_row_names_stays(transactional_db: None, database: Any, media: Path) -> None:
    """However it came to have the name."""
    made = _made()
    row = Exhibit.objects.get()
    Exhibit.objects.create(label="two", sheet=row.sheet.name)
    assert send(api, f"/things/{made['id']}", "DELETE").status == 204
    assert files_in(media).keys() == {row.sheet.name}


def test_a_url_is_repeated_as_it_is_shown(transactional_db: None, database: Any, media: Path) -> None:
    """A PUT of what GET gave changes nothing, not even to the default; a URL may be signed anew each time."""
    made = _made(part("label", "one"), sheet(), part("badge", "mine", "badge.txt", "text/plain"))
    before = files_in(media)
    document = {name: made[name] for name in WRITABLE if name in made} | {"countries": []}
    assert shown(change(api, "PUT", f"/things/{made['id']}", document)) == made
    assert shown(change(api, "PUT", f"/things/{made['id']}", {**document, "sheet": made["sheet"] + "?t=9"})) == made
    assert shown(send_form(api, "PATCH", f"/things/{made['id']}", part("sheet", made["sheet"]))) == made
    assert files_in(media) == before


@pytest.mark.parametrize("value", ["/media/sheets/other.txt", "http://evil/x", 7, True, [], {}, ["/media/x"]])
def test_json_cannot_say_a_file(database: Any, media: Path, value: Any) -> None:
    """Nothing is fetched, and no path is taken: the problem says how files are sent."""
    made = _made()
    for response in (
        change(api, "PATCH", f"/things/{made['id']}", {"sheet": value}),
        change(api, "POST", "/things", {"label": "two", "sheet": value}),
    ):
        assert (response.status, faults(response)) == (422, [("/sheet", "invalid-value")])
        assert "multipart/form-data" in shown(response)["detail"]


def test_a_put_has_to_say_each_file(database: Any, media: Path) -> None:
    """A file that is absent is as any absent value: required, or back to its default."""
    made = _made()
    response = change(api, "PUT", f"/things/{made['id']}", {"label": "one"})
    assert ("/sheet", "required") in faults(response)
    assert ("/badge", "required") not in faults(response)


def test_a_stored_file_is_no_other_resources(database: Any, media: Path) -> None:
    """What is not writable is only shown."""
    closed = exhibits(["label"], rules={"read": anyone, "write": anyone})
    row = Exhibit.objects.create(label="one", sheet="sheets/x.txt")
    response = send_form(closed, "PATCH", f"/things/{row.pk}", sheet())
    assert (response.status, response.header("Accept-Patch")) == (
        415,
        "application/merge-patch+json, application/json-patch+json, application/json",
    )


def test_forms_are_offered_where_there_are_files(database: Any, media: Path) -> None:
    """415 and OPTIONS name the types that are read."""
    assert send(api, "/things/1", "OPTIONS").header("Accept-Patch") == (
        "application/merge-patch+json, application/json-patch+json, application/json, multipart/form-data"
    )
    refused = change(api, "POST", "/things", b"x", media_type="text/plain")
    assert (refused.status, refused.header("Accept")) == (415, "application/json, multipart/form-data")
    without = exhibits(["label"])
    assert send(without, "/things/1", "OPTIONS").header("Accept-Patch") == (
        "application/merge-patch+json, application/json-patch+json, application/json"
    )
    assert send_form(without, "POST", "/things", part("label", "x")).header("Accept") == "application/json"

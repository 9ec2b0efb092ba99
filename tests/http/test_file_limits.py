"""Which files are taken: no larger, of no other type, no image that is none, and never under the client's own name."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nuages import API, file
from nuages.errors import Misdeclared
from tests.http.forms import body_of, exhibits, files_in, media, part, photo, picture, send_form, send_raw, sheet
from tests.http.writing import faults, shown
from tests.http.written import served
from tests.zoo.models import Exhibit, Paper

LABEL = part("label", "one")
api = exhibits()
small = exhibits(["label", file("sheet", max_bytes=100, types=["text/plain", "application/pdf", "x-a/x-b"])])
papers = served(Paper, ["id", "title", "document", "scan"], ["title", "document", "scan"])
__all__ = ["media"]  # a fixture


def _refused(api: API, *parts: bytes) -> tuple[int, list[tuple[str, str]]]:
    response = send_form(api, "POST", "/things", *parts)
    return response.status, faults(response)


@pytest.mark.parametrize("size", [101, 5_000, 1_000_000])
def test_a_file_too_large_is_413(database: Any, media: Path, size: int) -> None:
    """It is blamed by name, and nothing is stored."""
    assert _refused(small, LABEL, sheet(b"x" * size)) == (413, [("/sheet", "content-too-large")])
    assert (files_in(media), Exhibit.objects.count()) == ({}, 0)
    assert send_form(small, "POST", "/things", LABEL, sheet(b"x" * 100)).status == 201


def test_a_body_too_long_is_413_unread(database: Any, media: Path, settings: Any) -> None:
    """What the length tells is said before anything is read: all files together, and the texts."""
    settings.NUAGES_MAX_BODY_BYTES = 1000
    body = body_of(LABEL, sheet(b"x" * 100))
    response = send_raw(small, "POST", "/things", body[:0], content_length="1101")
    assert (response.status, faults(response)) == (413, [])
    assert send_raw(small, "POST", "/things", body[:0], content_length="1100").status == 400


def test_usual_limits(database: Any, media: Path) -> None:
    """Ten mebibytes, of any type."""
    most = 10 << 20
    assert send_form(api, "POST", "/things", LABEL, sheet(b"x" * most, "a.html", "text/html")).status == 201
    assert _refused(api, part("label", "two"), sheet(b"x" * (most + 1))) == (413, [("/sheet", "content-too-large")])


@pytest.mark.parametrize(
    ("file_name", "media_type", "code"),
    [
        ("a.txt", "text/plain", None),
        ("A.TXT", "Text/Plain; charset=latin-1", None),
        ("a.pdf", "application/pdf", None),
        ("a", "text/plain", None),
        ("a.b", "x-a/x-b", None),
        ("a.html", "text/html", "invalid-type"),
        ("a.txt", "", "invalid-type"),
        ("a.txt", "text", "invalid-type"),
        ("a.txt", "application/octet-stream", "invalid-type"),
        ("a.html", "text/plain", "invalid-name"),
        ("a.pdf", "text/plain", "invalid-name"),
        ("a.txt.html", "application/pdf", "invalid-name"),
        ("a.html", "x-a/x-b", "invalid-name"),
        ("a.svg", "x-a/x-b", "invalid-name"),
    ],
)
def test_a_type_is_the_parts_and_the_names(
    database: Any, media: Path, file_name: str, media_type: str, code: str | None
) -> None:
    """A web server tells the type by the name, so that one has to be admitted as well."""
    status, told = _refused(small, LABEL, sheet("x", file_name, media_type))
    assert (status, told) == ((422, [("/sheet", code)]) if code else (201, []))
    assert len(files_in(media)) == (code is None)


def test_a_name_without_an_end_gets_the_types(database: Any, media: Path) -> None:
    """A blob of a browser's script is called "blob"."""
    assert send_form(small, "POST", "/things", LABEL, sheet("x", "blob", "application/pdf")).status == 201
    assert [name.endswith(".pdf") for name in files_in(media)] == [True]


def _png_of(width: int, height: int) -> bytes:
    """The head of an image that says how large it is, and has nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _two_pictures() -> bytes:
    made = io.BytesIO()
    first, second = (Image.new("RGB", (3, 2), color) for color in ("red", "blue"))
    first.save(made, "MPO", save_all=True, append_images=[second])
    return made.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "file_name", "media_type", "code"),
    [
        (picture(), "a.png", "image/png", None),
        (picture("JPEG"), "a.jpg", "image/jpeg", None),
        (picture("JPEG"), "a.jpeg", "image/jpg", None),
        (picture("GIF"), "a.gif", "image/gif", None),
        (picture("WEBP"), "a.webp", "image/webp", None),
        (_two_pictures(), "a.jpg", "image/jpeg", None),
        (picture(), "blob", "image/png", None),
        (picture("BMP"), "a.bmp", "image/bmp", "invalid-type"),
        (picture("TIFF"), "a.tiff", "image/tiff", "invalid-type"),
        (SVG, "a.svg", "image/svg+xml", "invalid-type"),
        (SVG, "a.png", "image/png", "invalid-image"),
        (picture("TIFF"), "a.png", "image/png", "invalid-image"),
        (picture("JPEG"), "a.png", "image/png", "invalid-type"),
        (picture(), "a.png", "image/jpeg", "invalid-type"),
        (picture(), "a.png", "", "invalid-type"),
        (picture(), "a.html", "image/png", "invalid-name"),
        (picture(), "a.svg", "image/png", "invalid-name"),
        (picture(), "a.php", "image/png", "invalid-name"),
        (picture()[:40], "a.png", "image/png", "invalid-image"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "image/png", "invalid-image"),
        (b"GIF89a", "a.gif", "image/gif", "invalid-image"),
        (b"\xff\xd8\xff", "a.jpg", "image/jpeg", "invalid-image"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "a.webp", "image/webp", "invalid-image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a.png", "image/png", "invalid-image"),
        (b"<html><script>alert(1)</script>", "a.png", "image/png", "invalid-image"),
        (b"x", "a.png", "image/png", "invalid-image"),
        (b"", "a.png", "image/png", "empty"),
        (_png_of(10_000, 5_001), "a.png", "image/png", "too-many-pixels"),
        (_png_of(10_000, 10_000), "a.png", "image/png", "too-many-pixels"),
        (_png_of(60_000, 60_000), "a.png", "image/png", "too-many-pixels"),
        (_png_of(2**31 - 1, 2**31 - 1), "a.png", "image/png", "too-many-pixels"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_image_is_one(
    database: Any, media: Path, content: bytes, file_name: str, media_type: str, code: str | None
) -> None:
    """What Pillow opens and verifies, of the type that the part says, no larger than one may be decoded."""
    status, told = _refused(api, LABEL, sheet(), photo(content, file_name, media_type))
    assert (status, told) == ((422, [("/photo", code)]) if code else (201, []))
    assert len(files_in(media)) == (2 if code is None else 0)


def test_an_images_own_limits(database: Any, media: Path) -> None:
    """Types, pixels and bytes, as declared."""
    own = exhibits(["label", "sheet", file("photo", types=["image/bmp"], max_pixels=6, max_bytes=1_000)])
    bmp = photo(picture("BMP"), "a.bmp", "image/bmp")
    assert _refused(own, LABEL, sheet(), bmp) == (201, [])
    larger = photo(picture("BMP", (7, 1)), "a.bmp", "image/bmp")
    assert _refused(own, part("label", "2"), sheet(), larger) == (422, [("/photo", "too-many-pixels")])
    assert _refused(own, part("label", "2"), sheet(), photo()) == (422, [("/photo", "invalid-type")])
    long = photo(picture("BMP", (20, 20)), "a.bmp", "image/bmp")
    assert _refused(own, part("label", "2"), sheet(), long) == (413, [("/photo", "content-too-large")])


@pytest.mark.parametrize(
    ("file_name", "stored"),
    [
        ("../../../etc/passwd", "passwd_"),
        ("..\\\\..\\\\boot.ini", "boot_"),
        ("C:\\\\Users\\\\me\\\\CON", "CON_"),
        ("CON.txt", "CON_"),
        (".htaccess", "htaccess_"),
        ("...a.txt", "a_"),
        ("a.php.txt", "a_php_"),
        ("a\x00b\x07\u202e.txt", "ab_"),
        ("a b\tc.txt", "a_bc_"),
        ("e\u0301te\u0301.txt", "\xe9t\xe9_"),
        ("$(rm -rf ~);'.txt", "rm_-rf_"),
        ("%2e%2e%2fx.txt", "2e2e2fx_"),
        ("x" * 3_900 + ".txt", "x" * 40 + "_"),
        ("\U0001f4da" * 900 + "x.txt", "_"),
        ("\u6f22" * 900 + ".txt", "\u6f22" * 40 + "_"),
        ("x." + "y" * 3_900, "x_" + "y" * 38 + "_"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_name_is_never_trusted(database: Any, media: Path, file_name: str, stored: str) -> None:
    """No path, no control character, no leading dot, no device, no length of a client's choosing."""
    assert _refused(api, LABEL, sheet("x", file_name, "")) == (201, [])
    (name,) = files_in(media)
    assert name.startswith(f"sheets/{stored}"), name
    assert len(name) <= 100
    assert Exhibit.objects.get().sheet.name == name


@pytest.mark.parametrize("file_name", ["..", ".", "/", "../..", "a/", "\x00", "\x07\x08", " . ", "___", "\u202e"])
def test_a_name_of_which_nothing_can_be_made_is_422(database: Any, media: Path, file_name: str) -> None:
    """Blamed on its part."""
    assert _refused(api, LABEL, sheet("x", file_name, "")) == (422, [("/sheet", "invalid-name")])
    assert files_in(media) == {}


def test_a_file_without_a_name_is_422(database: Any, media: Path) -> None:
    """An empty one with bytes is no choice that was not made."""
    assert _refused(api, LABEL, sheet("x", "", "")) == (422, [("/sheet", "invalid-name")])


@pytest.mark.parametrize("file_name", ["x" * 200 + ".pdf", "\u6f22" * 200 + ".txt", "x.y.z." + "w" * 100 + ".txt"])
def test_a_name_fits_its_column(database: Any, media: Path, file_name: str) -> None:
    """However short that is, and whatever stands in front of it."""
    title = part("title", "one")
    assert _refused(papers, title, part("document", "x", file_name)) == (201, [])
    assert [len(name) <= 60 for name in files_in(media)] == [True]


def test_a_path_longer_than_its_column_is_422(database: Any, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be stored then: the problem names the part, and no row is made."""
    monkeypatch.setattr(Paper._meta.get_field("document"), "upload_to", "x" * 70)
    response = send_form(papers, "POST", "/things", part("title", "one"), part("document", "x", "x.pdf"))
    assert (response.status, faults(response)) == (422, [("/document", "invalid-name")])
    assert (Paper.objects.count(), files_in(media)) == (0, {})


def test_an_upload_to_that_leads_out_is_422(database: Any, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An author's own function may trust a name too far."""
    monkeypatch.setattr(Paper._meta.get_field("document"), "upload_to", lambda row, name: f"../{row.title}/{name}")
    response = send_form(papers, "POST", "/things", part("title", ".."), part("document", "x", "x.pdf"))
    assert (response.status, faults(response)) == (422, [("/document", "invalid-name")])
    assert files_in(media.parent) == {}


def test_validators_of_the_model_have_their_say(database: Any, media: Path) -> None:
    """As those of every field."""
    response = send_form(papers, "POST", "/things", part("title", "one"), part("document", "x", "x.exe"))
    assert (response.status, faults(response)) == (422, [("/document", "invalid-extension")])
    assert files_in(media) == {}


def test_two_files_of_one_name_are_two(database: Any, media: Path) -> None:
    """No name is anybody's twice, also where a storage would write over what is there."""
    for number in range(3):
        assert send_form(api, "POST", "/things", part("label", str(number)), sheet(str(number))).status == 201
    assert sorted(files_in(media).values()) == [b"0", b"1", b"2"]
    names = list(files_in(media))
    assert len({name.rpartition("_")[2] for name in names}) == 3


@pytest.mark.parametrize(
    ("writable", "code", "said"),
    [
        (file("label"), "E028", "file('label'): this is a text"),
        (file("countries"), "E028", "file('countries')"),
        (file("shet"), "E006", "no field 'shet'"),
        (file("sheet", max_bytes=0), "E029", "max_bytes=0"),
        (file("sheet", max_bytes="10 MB"), "E029", "max_bytes='10 MB'"),  # type: ignore[arg-type]
        (file("sheet", types="text/plain"), "E029", "types='text/plain' is no list"),
        (file("sheet", types=["text"]), "E029", "'text' is no media type"),
        (file("sheet", types=["image/*"]), "E029", "'image/*' is no media type"),
        (file("sheet", types=["Text/Plain"]), "E029", "'Text/Plain' is no media type"),
        (file("photo", max_pixels=-1), "E029", "max_pixels=-1"),
        (file("photo", types=["image/svg+xml"]), "E029", "image/svg+xml is no image that Pillow reads"),
        (file("photo", types=["application/pdf"]), "E029", "application/pdf is no image that Pillow reads"),
    ],
)
def test_limits_that_cannot_be_are_named_at_start_up(writable: Any, code: str, said: str) -> None:
    """With the field, and what was written."""
    (mistake,) = exhibits([writable]).mistakes()
    assert isinstance(mistake, Misdeclared)
    assert (mistake.id, said in mistake.message) == (f"nuages.{code}", True), mistake


def test_a_file_named_twice_is_a_mistake() -> None:
    """Which of its limits would hold?"""
    assert [one.id for one in exhibits(["sheet", file("sheet", max_bytes=9)]).mistakes()] == ["nuages.E026"]


def test_a_made_row_shows_where_its_file_is(database: Any, media: Path) -> None:
    """The storage's URL, which is safe whatever the name was."""
    response = send_form(api, "POST", "/things", LABEL, sheet("x", "a&b <c>.txt"))
    assert "&" not in shown(response)["sheet"]

"""Send forms with files: their parts by hand, so that a test may send what no client would."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from nuages import API
from nuages.http.response import Response
from tests.http.asking import send
from tests.http.written import served
from tests.zoo.models import Exhibit

BOUNDARY = "gY7-boundary"
FIELDS = ["id", "label", "width", "height", "sheet", "photo", "badge", "seen_on", "price", "is_open", "uid", "data"]
WRITABLE = ["label", "sheet", "photo", "badge", "seen_on", "price", "is_open", "uid", "data", "countries"]


def part(name: str, content: bytes | str, file_name: str | None = None, media_type: str = "", more: str = "") -> bytes:
    """One part, as a browser writes it; `more` are further headers."""
    said = f'; filename="{file_name}"' if file_name is not None else ""
    kind = f"\r\nContent-Type: {media_type}" if media_type else ""
    head = f'Content-Disposition: form-data; name="{name}"{said}{kind}{more}\r\n\r\n'
    return head.encode() + (content.encode() if isinstance(content, str) else content)


def body_of(*parts: bytes, boundary: str = BOUNDARY) -> bytes:
    """The body that parts make."""
    mark = f"--{boundary}".encode()
    return b"".join(mark + b"\r\n" + each + b"\r\n" for each in parts) + mark + b"--\r\n"


def send_form(api: API, method: str, url: str, *parts: bytes, boundary: str = BOUNDARY, **headers: str) -> Response:
    """Send parts as multipart/form-data."""
    return send_raw(api, method, url, body_of(*parts, boundary=boundary), boundary=boundary, **headers)


def send_raw(api: API, method: str, url: str, body: bytes, *, boundary: str = BOUNDARY, **headers: str) -> Response:
    """Send any bytes as multipart/form-data."""
    given = {"content_type": f"multipart/form-data; boundary={boundary}", "content_length": str(len(body)), **headers}
    return send(api, url, method, body=body, **given)


def sheet(content: bytes | str = b"a sheet", file_name: str = "sheet.txt", media_type: str = "text/plain") -> bytes:
    """The file that each exhibit must have."""
    return part("sheet", content, file_name, media_type)


def picture(form: str = "PNG", size: tuple[int, int] = (3, 2), color: str = "red") -> bytes:
    """A small image."""
    made = io.BytesIO()
    Image.new("RGB", size, color).save(made, form)
    return made.getvalue()


def photo(content: bytes | None = None, file_name: str = "photo.png", media_type: str = "image/png") -> bytes:
    """A part with an image."""
    return part("photo", picture() if content is None else content, file_name, media_type)


def exhibits(writable: list[Any] | None = None, **more: Any) -> API:
    """An API of exhibits, under /things."""
    return served(Exhibit, FIELDS, WRITABLE if writable is None else writable, **more)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """Where the tests' files are stored."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


def files_in(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, by its path in it."""
    found = directory.rglob("*") if directory.exists() else []
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in found if path.is_file()}

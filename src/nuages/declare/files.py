"""Turn `file(...)` into the limits of a file field. Mistakes go to a Report; nothing is raised."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Sequence
from typing import Any

from django.db.models import ImageField

from nuages.declare.report import Report
from nuages.declare.resource import File
from nuages.declare.spec import FileLimits

IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What every browser shows, and no script can stand in."""

_TYPE = re.compile(
    r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.ASCII
)  # RFC 6838 section 4.2
_HINT = 'Write types=["image/png", "application/pdf"], in lower case.'
_KNOWN = mimetypes.MimeTypes()  # Python's own table, which is the same on every machine


def read_limits(field: Any, declared: File, report: Report) -> FileLimits:
    """Check the limits of a file field."""
    where = f"writable: file({declared.name!r})"
    is_image = isinstance(field, ImageField)
    types = _types(declared, where, report) or (IMAGES if is_image else ())
    for unit, number in (("max_bytes", declared.max_bytes), ("max_pixels", declared.max_pixels)):
        if not isinstance(number, int) or number < 1:
            report.add("E029", f"{where}: {unit}={number!r} is no number above 0.")
    formats = _formats(types, where, report) if is_image else {}
    extensions = {name: extensions_of(name, [each for each, _ in formats.get(name, ())]) for name in types}
    names = tuple(sorted({name for found in formats.values() for _, name in found}))
    return FileLimits(declared.max_bytes, extensions, names, declared.max_pixels, bool(declared.keep))


def is_media_type(name: Any) -> bool:
    """Whether something names a media type, in lower case."""
    return isinstance(name, str) and _TYPE.fullmatch(name) is not None


def known_type(extension: str) -> str | None:
    """The media type that a name's end says; None where it says none."""
    return _KNOWN.guess_type(f"x{extension}", strict=False)[0]


def _types(declared: File, where: str, report: Report) -> tuple[str, ...]:
    if isinstance(declared.types, str) or not isinstance(declared.types, Sequence):
        report.add("E029", f"{where}: types={declared.types!r} is no list.", _HINT)
        return ()
    wrong = [name for name in declared.types if not is_media_type(name)]
    for name in wrong:
        report.add("E029", f"{where}: {name!r} is no media type.", _HINT)
    return tuple(name for name in declared.types if name not in wrong)


def _formats(types: Sequence[str], where: str, report: Report) -> dict[str, list[tuple[str, str]]]:
    """By media type the extensions and the names of the formats in which Pillow reads it."""
    from PIL import Image  # noqa: PLC0415  # Pillow is there where an ImageField is, and nowhere else

    found: dict[str, list[tuple[str, str]]] = {name: [] for name in types}
    for extension, name in sorted(Image.registered_extensions().items()):
        media_type = Image.MIME.get(name, "")
        if media_type in found and media_type.startswith("image/") and name in Image.OPEN:
            found[media_type].append((extension, name))
    for name in types:
        if not found[name]:
            report.add("E029", f"{where}: {name} is no image that Pillow reads.", "Declare a FileField for it.")
    return found


def extensions_of(name: str, more: Sequence[str] = ()) -> tuple[str, ...]:
    """What the names of files of a media type may end in, the usual one first."""
    usual = _KNOWN.guess_extension(name, strict=False)
    return tuple(dict.fromkeys([*([usual] if usual else []), *_KNOWN.guess_all_extensions(name, strict=False), *more]))

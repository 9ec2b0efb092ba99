"""Tell whether a file is the image that it is said to be. Nothing is decoded: its header and its structure are read."""

from __future__ import annotations

from typing import Any

from nuages.declare.spec import FileLimits

_SAME = {"MPO": "JPEG"}  # what some cameras make: a JPEG with a second one behind it


def image_fault(file: Any, media_type: str, limits: FileLimits) -> tuple[str, str] | None:
    """Say by code and sentence why a file is none of the images that a field takes; None where it is one.

    Only formats that the field takes are tried, so that no reader of another format sees what a client sent.
    Source: pillow.readthedocs.io, "Image.open" and "Image.verify"; docs.djangoproject.com, "ImageField".
    """
    from PIL import Image  # noqa: PLC0415  # Pillow is there where an ImageField is, and nowhere else

    file.seek(0)
    try:
        image = Image.open(file, formats=limits.formats)
        width, height = image.size
        found = Image.MIME[_SAME.get(image.format or "", image.format or "")]
        if width * height <= limits.max_pixels:
            image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # a project may make errors of warnings
        return "too-many-pixels", _too_many(limits)
    except Exception:  # noqa: BLE001  # what its readers raise on a broken file has no common class, as in Django's form
        return "invalid-image", f"is no {media_type} that can be read"
    if width * height > limits.max_pixels:
        return "too-many-pixels", _too_many(limits)
    return None if found == media_type else ("invalid-type", f"is {found}, and not {media_type} as its part says")


def _too_many(limits: FileLimits) -> str:
    return f"has more than {limits.max_pixels} pixels"

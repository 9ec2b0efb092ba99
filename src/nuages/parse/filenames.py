"""Turn the name that a client gives a file into one that a storage can keep. What the storage makes of it is its own.

A name is never trusted: it may hold a path, be a device's, begin with a dot, or end in what a web server would run.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence

from django.utils.crypto import get_random_string

from nuages.declare.files import known_type

_MAX_ROOT_CHARS = 40  # of a field's 100, beside the token and upload_to; four bytes each, file systems take 255
_TOKEN_CHARS = 16  # 95 bits: no two files meet, also where a storage writes over what has the name already
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}", re.ASCII)
_STRIPPED = ". \t"


def safe_name(given: str, media_type: str, extensions: Sequence[str] | None) -> tuple[str, str]:
    """Make a name that nobody else has, and its token.

    Shapes: `safe_name("../Été 1.JPG", "image/jpeg", (".jpg", ".jpeg"))` is `("Été 1_4fK...x.JPG", "4fK...x")`.
        `extensions` are those of the media type, `()` where none is known, and None where any will do.
    Raises: ValueError with a sentence where nothing can be made of it, or where it ends as another type's name does.
    """
    named = re.split(r"[/\\]", given)[-1]
    printable = "".join([each for each in unicodedata.normalize("NFC", named) if each.isprintable()])
    root, extension = os.path.splitext(printable.strip(_STRIPPED))  # noqa: PTH122  # a name, of no file system's
    if not _EXTENSION.fullmatch(extension):
        root, extension = root + extension, ""
    if not root.strip(_STRIPPED + "_-"):
        raise ValueError("has a name of which no file can be made")
    if extensions is not None:
        extension = _demand(extension, media_type, extensions)
    token = get_random_string(_TOKEN_CHARS)
    return f"{root.strip(_STRIPPED).replace('.', '_')[:_MAX_ROOT_CHARS]}_{token}{extension}", token


def _demand(extension: str, media_type: str, extensions: Sequence[str]) -> str:
    """The web server will tell the type by the name: it has to be the one that was admitted."""
    is_named_so = extension.lower() in extensions if extensions else known_type(extension) is None
    if extension and not is_named_so:
        raise ValueError(f"is named *{extension}, which is no {media_type}")
    return extension or next(iter(extensions), "")

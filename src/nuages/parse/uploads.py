"""Turn one file that a client sends into a file that a model's field takes: bounded, judged, and under a safe name.

It stays in memory while it is small, else in a temporary file that no name leads to, so that nothing is left of it
when this process is killed. Where it is stored in the end is `change.files`' to say.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from nuages.declare.spec import FileLimits, Writable
from nuages.errors import ContentTooLarge, Fault, Unavailable
from nuages.parse.filenames import safe_name
from nuages.parse.images import image_fault
from nuages.parse.json_body import join_pointer

_UNNAMED = "file"
_UNKNOWN_TYPE = "application/octet-stream"
_SAME = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}  # widespread misspellings
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}", re.ASCII)


class Upload(UploadedFile):  # type: ignore[type-arg]  # it takes none when it runs
    """A file as it was sent; it may be read again from its beginning as often as it takes.

    Shapes: `file` is open for reading bytes; `filename` is what the client calls it, a path or anything else, and
        `content_type` what the client says that it is; `name` is a safe one that nobody else's file has because of its
        `token`; `wrong` the code and the sentence of why it cannot be stored, else None; `stored` where a change has
        put it so far.
    """

    def __init__(self, field: str, filename: str, media_type: str, limits: FileLimits) -> None:
        # Without a path of its own: a storage would move the file away, and a second attempt would find nothing.
        self._content: Any = tempfile.SpooledTemporaryFile(  # noqa: SIM115  # whoever reads the form closes it
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
        )
        self.media_type = _said_type(media_type)
        super().__init__(self._content, _UNNAMED, self.media_type, 0)
        self.field = field
        self.filename = filename
        self.token = ""
        self.wrong: tuple[str, str] | None = None
        self.stored: list[Any] = []
        self._limits = limits

    @property
    def size_bytes(self) -> int:
        """How long it is."""
        return self.size or 0

    def take(self, piece: bytes) -> None:
        """Take the next piece.

        Raises: ContentTooLarge as soon as there are too many bytes; Unavailable where the disk is full.
        """
        self.size = (self.size or 0) + len(piece)
        if self.size > self._limits.max_bytes:
            detail = f"{self.field} may have {self._limits.max_bytes} bytes."
            raise ContentTooLarge(detail, faults=[Fault(join_pointer("", self.field), ContentTooLarge.code, detail)])
        try:
            self._content.write(piece)
        except OSError as error:
            raise storage_failed(error) from error

    def judge(self) -> None:
        """Look at the whole of it: its name, its type, and whether it is the image that it is said to be."""
        self.wrong = self._wrong_type() if self.size else ("empty", "is empty")
        allowed = self._limits.extensions
        try:
            self.name, self.token = safe_name(
                self.filename, self.media_type, allowed.get(self.media_type) if allowed else None
            )
        except ValueError as error:
            self.wrong = self.wrong or ("invalid-name", str(error))
        self._content.seek(0)

    def _wrong_type(self) -> tuple[str, str] | None:
        allowed = self._limits.extensions
        if allowed and self.media_type not in allowed:
            return "invalid-type", f"must be {' or '.join(allowed)}, and its part must say so"
        return image_fault(self._content, self.media_type, self._limits) if self._limits.formats else None


def file_reader(part: Writable) -> Callable[[Any], Any]:
    """The reader of a file field's value: a file that was sent, or null or "" where there may be none.

    Shapes: "" is what a model keeps for none.
    """
    may_be_none = part.nullable or part.own.blank

    def read(given: Any) -> Any:
        if given is None or given == "":
            if may_be_none:
                return ""
            raise ValidationError(f"{part.name} cannot be null.", code="null")
        if not isinstance(given, Upload):
            raise ValueError("is sent as a file, in multipart/form-data, or repeated as it is shown")
        if given.wrong is not None:
            code, sentence = given.wrong
            raise ValidationError(f"{part.name} {sentence}.", code=code)
        part.field.clean(given, None)
        given.seek(0)  # a validator may have read it
        return given

    return read


def storage_failed(error: Exception) -> Unavailable:
    """Make the problem of a disk or a storage that does not take a file; why, only the log says."""
    logging.getLogger("nuages.request").error("A file could not be stored", exc_info=error)
    return Unavailable(
        "The file cannot be stored now. Try again.", code="storage-failed", headers=[("Retry-After", "10")]
    )


def _said_type(text: str) -> str:
    media_type = text.strip().lower()
    return _SAME.get(media_type, media_type) if _TYPE.fullmatch(media_type) else _UNKNOWN_TYPE

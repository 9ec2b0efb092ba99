"""Turn a body of multipart/form-data, piece by piece, into its parts: texts in memory, files where they may be long.

What the parts mean for a resource is `parse.form_documents`' to say.
Source: RFC 7578; the WHATWG's HTML standard, "Multipart form data"; multipart.readthedocs.io.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from multipart import MultipartError, MultipartSegment, PushMultipartParser  # type: ignore[import-untyped]

from nuages.declare.spec import FileLimits
from nuages.errors import BadRequest, ContentTooLarge
from nuages.parse.uploads import Upload

FORM_DATA = "multipart/form-data"
MAX_PARTS = 1_000
MAX_HEADERS = 8  # of a part, which needs three
MAX_HEADER_BYTES = 4_096
_CODINGS = ("binary", "8bit", "7bit")


@dataclass(slots=True)
class Part:
    """One part.

    Shapes: `media_type` is empty where the part names none; `content` bytes of a text, or a file, or None for a file
        that nobody has a place for, or that is one too many of its name, whose bytes are not kept.
    """

    name: str
    file_name: str | None
    media_type: str
    content: bytes | Upload | None


@dataclass(slots=True)
class Form:
    """The parts of a body, in their order. Whoever reads it closes it, and so its files."""

    parts: list[Part] = field(default_factory=list)

    @property
    def files(self) -> list[Upload]:
        """The files that are kept."""
        return [part.content for part in self.parts if isinstance(part.content, Upload)]

    def close(self) -> None:
        """Forget the files."""
        for file in self.files:
            file.close()

    def fingerprint(self) -> bytes:
        """What two bodies have in common that say the same, whatever stands between their parts."""
        whole = hashlib.sha256()
        for part in self.parts:
            name = "" if part.file_name is None else f"file {part.file_name}"
            for text in (part.name, name, part.media_type):
                whole.update(hashlib.sha256(text.encode()).digest())
            whole.update(_digest(part.content))
        return whole.digest()


def read_form(pieces: Iterable[bytes], boundary: str, files: Mapping[str, FileLimits], *, max_text_bytes: int) -> Form:
    """Read a whole body.

    Shapes: `files` are the names under which a file is kept, with its limits.
    Units: `max_text_bytes` of all texts together.
    Raises: BadRequest `invalid-multipart`; ContentTooLarge, with a pointer where it is one file's; Unavailable where
        there is no room for a file. What the pieces raise goes on.
    """
    form = Form()
    reading = _Reading(form, files, max_text_bytes)
    parser = PushMultipartParser(
        boundary, max_segment_count=MAX_PARTS, max_header_count=MAX_HEADERS, max_header_size=MAX_HEADER_BYTES
    )
    try:
        with parser:
            for event in (event for piece in pieces if piece for event in parser.parse(piece)):
                reading.take(event)
    except MultipartError as error:
        form.close()
        raise _refusal(str(error.args[0])) from error
    except BaseException:
        form.close()
        raise
    return form


class _Reading:
    """Puts what the parser says into parts."""

    def __init__(self, form: Form, files: Mapping[str, FileLimits], max_text_bytes: int) -> None:
        self._form = form
        self._files = files
        # So many of each name and no more: many small ones, each in memory, would fill it.
        self._wanted = {name: limits.max_count for name, limits in files.items()}
        self._max_text_bytes = max_text_bytes
        self._text_bytes = 0
        self._text = bytearray()

    def take(self, event: MultipartSegment | bytes | None) -> None:
        """Take the beginning of a part, a piece of its content, or its end."""
        if isinstance(event, MultipartSegment):
            self._form.parts.append(self._begin(event))
        elif event is None:
            self._end(self._form.parts[-1])
        else:
            self._fill(self._form.parts[-1], event)

    def _begin(self, segment: Any) -> Part:
        _check_headers(segment)
        part = Part(segment.name, segment.filename, segment.content_type or "", b"")
        if part.file_name is not None:
            part.content = self._file(part, part.file_name)
        return part

    def _file(self, part: Part, file_name: str) -> Upload | None:
        if not self._wanted.get(part.name):
            return None
        self._wanted[part.name] -= 1
        return Upload(part.name, file_name, part.media_type, self._files[part.name])

    def _fill(self, part: Part, piece: bytes) -> None:
        if isinstance(part.content, Upload):
            part.content.take(piece)
        elif part.content is not None:
            self._text_bytes += len(piece)
            if self._text_bytes > self._max_text_bytes:
                raise ContentTooLarge(f"The texts may have {self._max_text_bytes} bytes together.")
            self._text += piece

    def _end(self, part: Part) -> None:
        if not isinstance(part.content, Upload):
            part.content = bytes(self._text) if part.content is not None else None
            self._text.clear()
        elif part.file_name or part.content.size:
            part.content.judge()
        else:  # a browser sends this for an input in which nothing was chosen
            part.content.close()
            self._form.parts.pop()
            self._wanted[part.name] += 1


def _check_headers(segment: Any) -> None:
    """Refuse what another reader might understand differently."""
    names = [name for name, _ in segment.headerlist]
    said = str(segment.header("Content-Disposition"))
    if len(set(names)) < len(names):
        raise _refusal("a part has a header twice")
    if not segment.name:
        raise _refusal("a part has no name")
    if "filename*" in said.lower() and segment.filename is None:
        raise _refusal("a file is named by filename=, in UTF-8, as RFC 7578 has it")
    if (segment.header("Content-Transfer-Encoding") or "binary").strip().lower() not in _CODINGS:
        raise _refusal("a part has a Content-Transfer-Encoding, which RFC 7578 has abolished")
    if (segment.content_type or "").startswith("multipart/"):
        raise _refusal("a part holds parts of its own")
    if segment.filename is None and (segment.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise _refusal("a text is in another charset than UTF-8")


def _refusal(sentence: str) -> BadRequest:
    return BadRequest(f"The body is no acceptable {FORM_DATA}: {sentence}.", code="invalid-multipart")


def _digest(content: bytes | Upload | None) -> bytes:
    whole = hashlib.sha256()
    for piece in content.chunks() if isinstance(content, Upload) else _once(content):
        whole.update(piece)
    return whole.digest()


def _once(content: bytes | None) -> Iterator[bytes]:
    yield content or b""

"""From the body of a change to the document that it is: JSON, or a form that brings files."""

from __future__ import annotations

from typing import Any

from nuages.http.bodies import boundary_of, read_body, read_pieces
from nuages.http.request import Request
from nuages.operation import Write
from nuages.parse.form_documents import document_of
from nuages.parse.json_body import read_json
from nuages.parse.multipart import FORM_DATA, Form, read_form
from nuages.parse.received import demand_type, max_body_bytes
from nuages.parse.uploads import Upload


class Body:
    """What a client sent.

    Shapes: `document` as the body says it, None where there is none; `raw` the bytes of JSON, `media` its type;
        `form` a form's parts.
    """

    __slots__ = ("document", "files", "form", "media", "raw")

    def __init__(self, document: Any, raw: bytes = b"", form: Form | None = None, media: str = "") -> None:
        self.media = media
        self.document = document
        self.raw = raw
        self.form = form
        self.files: list[Upload] = form.files if form is not None else []

    def identity(self, content_type: str) -> tuple[bytes, str]:
        """What makes two bodies the same: of a form what its parts say, whatever stands between them."""
        return (self.raw, content_type) if self.form is None else (self.form.fingerprint(), FORM_DATA)

    def close(self) -> None:
        """Forget the files."""
        if self.form is not None:
            self.form.close()


_NOTHING = Body(None)


def receive(operation: Write, request: Request) -> Body:
    """Read the body; whoever asks for it closes it.

    Raises: UnsupportedMediaType for a type that is not read here, LengthRequired, and what http.bodies and the readers
        of JSON and of forms raise.
    """
    if not operation.types:
        return _NOTHING
    named = demand_type(request, operation.types)
    if named == FORM_DATA:
        return _receive_form(operation, request)
    raw = read_body(request, max_bytes=max_body_bytes())
    return Body(read_json(raw), raw, media=named)


def _receive_form(operation: Write, request: Request) -> Body:
    """Texts may be as long as JSON, and beside them each file as long as it may."""
    boundary, max_text_bytes = boundary_of(request), max_body_bytes()
    most = max_text_bytes + sum(limits.max_bytes for limits in operation.files.values())
    form = read_form(read_pieces(request, max_bytes=most), boundary, operation.files, max_text_bytes=max_text_bytes)
    try:
        return Body(document_of(form, operation.spec.writable), form=form)
    except BaseException:
        form.close()
        raise

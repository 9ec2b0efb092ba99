"""Turn the parts of a form into the document that they are, as a JSON body would have it.

A part named `document` is JSON and says what it likes; any other is one value: a file, or a text, which is spelled as
in a query string. What is wrong with a value itself, `parse.documents` finds out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nuages.declare.spec import Writable
from nuages.errors import BadRequest, Fault, UnsupportedMediaType
from nuages.parse.documents import sound
from nuages.parse.json_body import Number, join_pointer, read_json
from nuages.parse.multipart import Form, Part
from nuages.parse.uploads import Upload
from nuages.parse.values import READERS

DOCUMENT = "document"
JSON = "application/json"
_SPEECHLESS = ("json", "array", "hstore", "range")  # kinds that no text spells


def document_of(form: Form, writable: Iterable[Writable]) -> dict[str, Any]:
    """Join the parts.

    Shapes: values as `read_json` gives them, and an Upload for each file.
    Raises: Unprocessable with every fault of a part; BadRequest as `read_json`; UnsupportedMediaType for a list.
    """
    parts = {part.name: part for part in writable}
    grouped: dict[str, list[Part]] = {}
    for part in form.parts:
        grouped.setdefault(part.name, []).append(part)
    document = _document(grouped.pop(DOCUMENT)) if DOCUMENT in grouped and DOCUMENT not in parts else {}
    faults: list[Fault] = []
    for name, group in grouped.items():
        try:
            if name in document or (len(group) > 1 and not (name in parts and parts[name].many)):
                raise _Wrong("repeated", "is there twice")
            document[name] = _value(parts.get(name), group)
        except ValueError as error:
            code = error.code if isinstance(error, _Wrong) else "invalid-value"
            faults.append(Fault(join_pointer("", name), code, f"{join_pointer('', name)[1:]} {error}."))
    sound({}, faults, None)
    return document


class _Wrong(ValueError):
    """Something wrong with a part, with a code of its own."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def _document(group: list[Part]) -> dict[str, Any]:
    part = group[0]
    if len(group) > 1 or part.media_type != JSON or not isinstance(part.content, bytes):
        raise BadRequest(
            f"There may be one part {DOCUMENT!r}, without a file name, of type {JSON}.", code="invalid-document"
        )
    found = read_json(part.content)
    if isinstance(found, list):
        raise UnsupportedMediaType(f"Many members are written as {JSON}, without files.", headers=[("Accept", JSON)])
    if not isinstance(found, dict):
        raise BadRequest(f"The part {DOCUMENT!r} must be a JSON object.", code="invalid-document")
    return found


def _value(writable: Writable | None, group: list[Part]) -> Any:
    """The value of a name; of one that cannot be written, whatever it is."""
    (first, *_) = group
    if writable is None:
        return text_of(first) if isinstance(first.content, bytes) else None
    if writable.limits is not None and isinstance(first.content, Upload):
        return first.content
    if writable.children is not None or writable.kind in _SPEECHLESS:
        raise ValueError(f"can only be said as JSON, in the part {DOCUMENT!r}")
    values = [_spoken(writable.kind, text_of(part)) for part in group]
    return values if writable.many else values[0]


def text_of(part: Part) -> str:
    """The text of a part.

    Raises: ValueError with a sentence for a file, and for what is no text.
    """
    if not isinstance(part.content, bytes):
        raise ValueError("takes no file")
    if part.media_type not in {"", "text/plain"}:
        raise ValueError(f"is a text, and cannot be {part.media_type[:60]}")
    try:
        text = part.content.decode()
    except UnicodeDecodeError:
        raise ValueError("is no UTF-8 text") from None
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    return text


def _spoken(kind: str, text: str) -> Any:
    """Spell a text in JSON; one that cannot be goes on as it is, for its reader to refuse."""
    if kind == "integer":
        return Number(text)
    if kind == "boolean":
        try:
            return READERS[kind](text)
        except ValueError:
            return text
    return text

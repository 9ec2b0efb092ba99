"""Turn a body of form fields into the values of parameters: texts, groups of them, and files.

A field's pointer is that of a JSON document with the same members, as in the forms of resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from nuages.declare.spec import FileLimits
from nuages.errors import BadRequest, Fault, Unprocessable
from nuages.http.bodies import boundary_of, read_body, read_pieces
from nuages.http.request import Request
from nuages.parse.arguments import FORM
from nuages.parse.form_documents import text_of
from nuages.parse.inputs.files import FileArgument
from nuages.parse.inputs.json_bodies import is_absent
from nuages.parse.inputs.places import PlaceReader, Taken
from nuages.parse.multipart import FORM_DATA, MAX_PARTS, Form, Part, read_form
from nuages.parse.pairs import decode
from nuages.parse.received import demand_type, max_body_bytes
from nuages.parse.structure import MAX_TOLD
from nuages.parse.uploads import Upload

URL_ENCODED = "application/x-www-form-urlencoded"
Given = dict[str, list[str] | None]


class FormBody:
    """Reads the forms of requests for one function; built once, at start-up.

    Shapes: `types` are the media types that it may have: one that must bring a file is multipart/form-data.
    """

    def __init__(self, taken: Taken, files: Sequence[FileArgument]) -> None:
        self.taken, self.files = taken, files
        self.types = (FORM_DATA,) if any(each.is_required for each in files) else (URL_ENCODED, FORM_DATA)
        self._limits = {each.name: each.limits for each in files}
        self.is_optional = not taken.is_required and not any(each.is_required for each in files)
        self._texts = PlaceReader(taken, list(self._limits))
        self._known = frozenset(taken.names)
        # A browser sends every field of a form; one left empty is "", and no number.
        self._blank = frozenset(each.name for each in taken.optional if not _is_read(each.simple, ""))

    def read(self, request: Request, values: dict[str, Any]) -> None:
        """Read the form into values; where all of it has defaults, there may be none.

        Raises: the Problem of whatever is wrong, with every fault of the form; no file is kept then.
        """
        if self.is_optional and is_absent(request):
            return
        if demand_type(request, self.types) == URL_ENCODED:
            faults: list[Fault] = []
            given = self._pairs(read_body(request, max_bytes=max_body_bytes()), faults)
            self._fill(given, {}, values, faults)
            return
        with self._parts(request) as form:
            faults = []
            given = self._given(form, faults)
            self._fill(given, _files(form, self._limits, faults), values, faults)

    @contextmanager
    def _parts(self, request: Request) -> Iterator[Form]:
        """The parts of a form, whose files are closed where something is wrong."""
        boundary, max_text_bytes = boundary_of(request), max_body_bytes()
        most = max_text_bytes + sum(limits.max_bytes * limits.max_count for limits in self._limits.values())
        form = read_form(read_pieces(request, max_bytes=most), boundary, self._limits, max_text_bytes=max_text_bytes)
        try:
            yield form
        except BaseException:
            form.close()
            raise

    def _pairs(self, raw: bytes, faults: list[Fault]) -> Given:
        """The texts of an encoded form.

        Raises: BadRequest for too many, and for a name that is no text.
        Source: WHATWG URL, application/x-www-form-urlencoded parsing.
        """
        parts = raw.decode("latin-1").split("&", MAX_PARTS)
        if len(parts) > MAX_PARTS:
            raise BadRequest(f"The form has more than {MAX_PARTS} fields.", code="too-many-parameters")
        given: Given = {}
        for part in parts:
            raw_name, _, raw_text = part.partition("=")
            try:
                name = decode(raw_name)
            except ValueError as error:
                raise BadRequest(f"The name of a field {error}.", code="invalid-encoding") from None
            if part:
                self._add(given, name, partial(decode, raw_text), faults)
        return given

    def _given(self, form: Form, faults: list[Fault]) -> Given:
        """The texts of the parts of a form."""
        given: Given = {}
        for part in form.parts:
            if part.name not in self._limits:
                self._add(given, part.name, partial(text_of, part), faults)
        return given

    def _add(self, given: Given, name: str, read: Callable[[], str], faults: list[Fault]) -> None:
        """Add a text to those of its name; one that is none is told, and those of its name are read no further."""
        texts = given.setdefault(name, [])
        if texts is None or name not in self._known:
            return
        try:
            texts.append(read())
        except ValueError as error:
            given[name] = None
            faults.append(Fault(FORM.point(name), "invalid-value", f"{name} {error}."))

    def _fill(
        self, given: Given, files: Mapping[str, list[Upload]], values: dict[str, Any], faults: list[Fault]
    ) -> None:
        told = {name: texts for name, texts in given.items() if texts != [""] or name not in self._blank}
        self._texts.read(told, values, faults, refuses=True)
        for each in self.files:
            found = files.get(each.name)
            if found:
                values[each.key] = found if each.is_list else found[0]
            elif each.is_required and found is None:
                faults.append(FORM.miss(each.name))
        if faults:
            detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} places in the body are wrong."
            raise Unprocessable(detail, faults=faults[:MAX_TOLD], code="invalid-document")


def _is_read(simple: Any, text: str) -> bool:
    try:
        simple.read(text)
    except ValueError:
        return simple.gather is not None
    return True


def _files(form: Form, limits: Mapping[str, FileLimits], faults: list[Fault]) -> dict[str, list[Upload]]:
    """The files by their names; one that is wrong is told, and so is one too many."""
    found: dict[str, list[Upload]] = {}
    for part in form.parts:
        if part.name in limits:
            found.setdefault(part.name, [])
            wrong = _wrong(part, limits[part.name].max_count)
            if wrong is None and isinstance(part.content, Upload):
                found[part.name].append(part.content)
            elif wrong is not None and len(faults) < MAX_TOLD:
                code, sentence = wrong
                faults.append(Fault(FORM.point(part.name), code, f"{part.name} {sentence}."))
    return found


def _wrong(part: Part, max_count: int) -> tuple[str, str] | None:
    if isinstance(part.content, Upload):
        return part.content.wrong
    if part.file_name is None:
        return "invalid-value", "is a file, whose part has a file name"
    return ("max-length", f"may be {max_count} files at most") if max_count > 1 else ("repeated", "is there twice")

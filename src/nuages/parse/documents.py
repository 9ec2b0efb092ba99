"""Turn a JSON document into checked values of a resource, with everything that is wrong in it, each at its place.

A value is first read by its kind, then checked by its field's own validators. What only the database can tell (whether
a reference leads anywhere, whether a value is taken) is not known here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone

from nuages.declare.kinds import kind_of
from nuages.declare.spec import Owned, Writable
from nuages.errors import BadRequest, Fault, Unprocessable, suggest
from nuages.parse.children import ChildReader, How, Shown
from nuages.parse.json_body import join_pointer
from nuages.parse.json_values import Reader, is_same, plain, reader_of
from nuages.parse.uploads import file_reader

MAX_MEMBERS = 1_000  # of a document
MAX_KEYS = 1_000  # of a list of references
MAX_TOLD = 100  # faults; the rest would drown them
MAX_SUGGESTED_CHARS = 60
Values = dict[str, Any]
Look = Callable[[Values], list[Fault]]


class DocumentReader:
    """Reads the documents of one resource; built once, at start-up."""

    def __init__(self, writable: Sequence[Writable], shown: Sequence[str]) -> None:
        self._parts = {part.name: part for part in writable}
        self._shown = frozenset(shown) - self._parts.keys()
        self._readers = {part.name: _reader(part) for part in writable}
        self._children = {part.name: _child_reader(part, part.children) for part in writable if part.children}

    def whole(self, document: Any, *, is_new: bool, current: Shown | None = None, look: Look | None = None) -> Values:
        """Read a whole representation, as POST and PUT have it.

        Shapes: values by name, for every name that was given. `current` is what a client may repeat of what it cannot
            write; `look` tells what else is wrong with the values that could be read.
        Raises: Unprocessable with every fault; BadRequest for what is no object.
        """
        return sound(*self.read(document, current or {}, "new" if is_new else "whole"), look)

    def merge(self, document: Any, current: Shown | None = None, look: Look | None = None) -> Values:
        """Read a merge patch: what is absent stays as it is, null clears.

        Raises: as `whole`.
        Source: RFC 7396.
        """
        return sound(*self.read(document, current or {}, "patch"), look)

    def edited(self, document: Any, current: Shown, look: Look | None = None) -> Values:
        """Read what changes have made of the representation that is shown: what is as it was is passed over.

        Shapes: as `whole`; what was not shown, and is not there now either, is not missing.
        Raises: Unprocessable with every fault.
        """
        if not isinstance(document, dict):
            raise Unprocessable("What comes of this is no JSON object.", code="invalid-document")
        return sound(*self.read(document, current, "edit"), look)

    def read(self, document: Any, current: Shown, how: How) -> tuple[Values, list[Fault]]:
        """Read a document without judging it: its values, and everything that is wrong in it."""
        values, faults = self._read(document, current, how)
        if how == "edit":
            faults += [fault for name in current if name not in document for fault in self._lost(name)]
        elif how != "patch":
            is_new = how == "new"
            faults += [_missing(part) for part in self._parts.values() if not _may_miss(part, document, is_new=is_new)]
        return values, faults

    def shown_keys(self, name: str, current: Shown) -> list[Any]:
        """The keys of the rows that are shown under the name of a list of references."""
        part = self._parts[name]
        read = _raw_reader(part.field)
        return [read(each[part.shown_key]) for each in current[name]]

    def unwritable(self, document: Any) -> bool:
        """Whether a document repeats what only reading shows, or may do so inside."""
        return isinstance(document, dict) and any(
            name in self._shown or name in self._children or (name in self._parts and self._is_repeated(name, value))
            for name, value in document.items()
        )

    def _is_repeated(self, name: str, value: Any) -> bool:
        """Whether a file or a reference stands there as it is shown: a URL, an object, or a list of them."""
        if self._parts[name].limits is not None:
            return isinstance(value, str) and bool(value)
        if self._parts[name].target is None:
            return False
        return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict) for item in value))

    def _read(self, document: Any, current: Shown, how: How) -> tuple[Values, list[Fault]]:
        if not isinstance(document, dict):
            raise BadRequest("The body must be a JSON object.", code="invalid-document")
        if len(document) > MAX_MEMBERS:
            raise BadRequest(f"The body has more than {MAX_MEMBERS} members.", code="invalid-document")
        values: Values = {}
        faults: list[Fault] = []
        for name, given in document.items():
            part = self._parts.get(name)
            if name in current and _is_shown_so(part, given, current[name], how):
                continue
            if part is None:
                faults.append(self._unknown(name))
            elif name in self._children:
                known = current.get(name) or ()
                values[name] = self._children[name].read(given, known, faults, how)
            elif how == "patch" and part.kind == "json" and given is not None:
                # What comes of it is checked when it is known.
                values[name] = _attempt(plain, given, part, join_pointer("", name), faults)
            else:
                self._take(part, _as_keys(part, given, current.get(name)), values, faults)
        return values, faults

    def _take(self, part: Writable, given: Any, values: Values, faults: list[Fault]) -> None:
        read, pointer = self._readers[part.name], join_pointer("", part.name)
        if not part.many:
            values[part.name] = _attempt(read, given, part, pointer, faults)
        elif not isinstance(given, list) or len(given) > MAX_KEYS:
            faults.append(Fault(pointer, "invalid-value", f"{part.name} must be a list of at most {MAX_KEYS} keys."))
        else:
            values[part.name] = [
                _attempt(read, item, part, join_pointer(pointer, index), faults) for index, item in enumerate(given)
            ]

    def _lost(self, name: str) -> list[Fault]:
        """What is wrong with leaving out a name that is shown."""
        part = self._parts.get(name)
        if part is None:
            return [self._unknown(name)]
        return [] if part.has_default else [_missing(part)]

    def _unknown(self, name: str) -> Fault:
        pointer = join_pointer("", name)
        if name in self._shown:
            return Fault(pointer, "read-only", f"{pointer[1:]} cannot be written.")
        hint = suggest(name, self._parts) if len(name) <= MAX_SUGGESTED_CHARS else ""
        return Fault(pointer, "unknown-member", f"There is no member {pointer[1:]!r} to write. {hint}".strip())


def _is_shown_so(part: Writable | None, given: Any, current: Any, how: How) -> bool:
    """Whether a client repeats what it was shown where that is no value to write; URLs may be signed anew each time."""
    if part is not None and part.limits is not None:
        return is_same(*[each.partition("?")[0] if isinstance(each, str) else each for each in (given, current)])
    may_repeat = how == "edit" or part is None or part.target is not None
    return may_repeat and is_same(given, current)


def _child_reader(part: Writable, owned: Owned) -> ChildReader:
    reader = DocumentReader(owned.parts, [name for name in owned.shown if name != owned.key])
    return ChildReader(part.name, owned.key, _raw_reader(owned.key_field), reader)


def _as_keys(part: Writable, given: Any, shown: Any) -> Any:
    """Put the key of each row in a list that stands there as it is shown."""
    if not (part.many and part.shown_key and isinstance(given, list) and isinstance(shown, list)):
        return given
    known = {str(each[part.shown_key]): each for each in shown}

    def as_key(item: Any) -> Any:
        key = item.get(part.shown_key) if isinstance(item, dict) else None
        return key if isinstance(key, str) and is_same(item, known.get(key)) else item

    return [as_key(item) for item in given]


def _may_miss(part: Writable, document: Any, *, is_new: bool) -> bool:
    """A new row does without what has a default or may be empty; a replaced one goes back to declared defaults."""
    return part.name in document or (part.is_optional if is_new else part.has_default)


def _missing(part: Writable) -> Fault:
    return Fault(join_pointer("", part.name), "required", f"{part.name} is missing.")


def sound(values: Values, faults: list[Fault], look: Look | None) -> Values:
    """Give the values, if nothing is wrong with them.

    Raises: Unprocessable with every fault.
    """
    faults = [*faults, *(look(values) if look is not None else ())]
    if not faults:
        return values
    detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} places in the body are wrong."
    codes = {fault.code for fault in faults}
    code = "no-such-row" if codes == {"no-such-row"} else "invalid-document"
    raise Unprocessable(detail, faults=faults[:MAX_TOLD], code=code)


def _faults(pointer: str, error: ValidationError) -> list[Fault]:
    """Say what a field's validators say, by their codes."""
    return [
        Fault(pointer, str(each.code or "invalid").replace("_", "-"), " ".join(each.messages))
        for each in error.error_list
    ]


def _attempt(read: Reader, given: Any, part: Writable, pointer: str, faults: list[Fault]) -> Any:
    try:
        return read(given)
    except ValidationError as error:
        faults += _faults(pointer, error)
    except ValueError as error:
        faults.append(Fault(pointer, "invalid-value", f"{part.name} {error}."))
    return None


def _reader(part: Writable) -> Reader:
    if part.limits is not None:
        return file_reader(part)
    read, check = _raw_reader(part.field), _checker(part)

    def read_one(given: Any) -> Any:
        if given is None:
            if part.nullable:
                return None
            raise ValidationError(f"{part.name} cannot be null.", code="null")
        value = read(given)
        return check(_naive(value) if isinstance(value, dt.datetime) else value)

    return read_one


def _raw_reader(field: Any) -> Reader:
    base = getattr(field, "base_field", None)
    read = reader_of(kind_of(field) or "text", _raw_reader(base) if base is not None else None)
    return _rectangular(read) if getattr(base, "base_field", None) is not None else read


def _rectangular(read: Reader) -> Reader:
    """PostgreSQL's arrays are rectangles, and those without an element have no rows either."""

    def read_rows(given: Any) -> Any:
        rows = read(given)
        if any(not row for row in rows) or len({len(row) for row in rows}) > 1:
            raise ValueError("must be lists of one length, none of them empty")
        return rows

    return read_rows


def _checker(part: Writable) -> Callable[[Any], Any]:
    """The field's own validators; whether a reference's row is there, they would ask the database for."""
    if part.target is not None:
        return lambda value: value
    ranges = BaseDatabaseOperations.integer_field_ranges
    lowest, highest = ranges.get(part.field.get_internal_type(), (None, None))
    if lowest is None or highest is None:
        return lambda value: part.field.clean(value, None)

    def check(number: int) -> Any:
        """The same range on every database, though SQLite would hold more."""
        if not lowest <= number <= highest:
            raise ValueError(f"must be from {lowest} to {highest}")
        return part.field.clean(number, None)

    return check


def _naive(moment: dt.datetime) -> dt.datetime:
    """A project without time zones keeps local time."""
    return moment if settings.USE_TZ else timezone.make_naive(moment, timezone.get_default_timezone())

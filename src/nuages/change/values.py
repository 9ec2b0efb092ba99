"""Put values into a row, and tell whether it has them already. Nothing is saved here."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from nuages.declare.spec import Writable


def is_column(part: Writable) -> bool:
    """Whether a row has a column for what stands under a name, rather than rows of its own."""
    return not part.many and part.children is None


def resets(part: Writable, keys: Collection[str]) -> bool:
    """Whether a replaced row goes back to a default where the document does not say."""
    own = part.own
    is_stamp = getattr(own, "auto_now", False) or getattr(own, "auto_now_add", False)
    return part.has_default and part.attname not in keys and not is_stamp


def with_kept(row: Any, parts: Iterable[Writable], values: Mapping[str, Any], named: Collection[str]) -> dict[str, Any]:
    """Add what a row holds under names that a document only repeats, and that reading it has passed over."""
    kept = [part for part in parts if is_column(part) and part.name in named and part.name not in values]
    return {**{part.name: getattr(row, part.attname) for part in kept}, **values}


def differs(row: Any, part: Writable, value: Any) -> bool:
    """Whether a row holds another value."""
    stored = getattr(row, part.attname)
    if part.limits is not None:  # by name, and no name is as good as none
        return str(stored or "") != str(value or "")
    if part.kind == "json":  # where 1, 1.0 and true are three values
        return json.dumps(stored, sort_keys=True, default=str) != json.dumps(value, sort_keys=True, default=str)
    is_bytes = part.kind == "binary" and stored is not None and value is not None
    return bytes(stored) != value if is_bytes else bool(stored != value)


def assign(row: Any, parts: Sequence[Writable], values: Mapping[str, Any]) -> None:
    """Give a row its values."""
    for part in parts:
        setattr(row, part.attname, values[part.name])


def clean(row: Any) -> None:
    """Call the model's own `clean()`, where the author wrote one; Django's does nothing."""
    if type(row).clean is not Model.clean:
        row.clean()


def merged(row: Any, parts: Sequence[Writable], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a merge patch: what it says of JSON fields is merged into what the row holds, and then checked.

    Raises: ValidationError by the names of the fields whose validators refuse what comes of it.
    Source: RFC 7396.
    """
    patched = [part for part in parts if part.kind == "json" and patch.get(part.name) is not None]
    return {**patch, **{part.name: _merged(row, part, patch[part.name]) for part in patched}}


def _merged(row: Any, part: Writable, patch: Any) -> Any:
    try:
        return part.field.clean(merge_json(getattr(row, part.attname), patch), row)
    except ValidationError as error:
        raise ValidationError({part.name: error.error_list}) from error


def merge_json(target: Any, patch: Any) -> Any:
    """Apply a merge patch to a JSON value.

    Source: RFC 7396 section 2.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_json(result.get(name), value)
    return result

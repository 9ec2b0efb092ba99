"""Put values into a row, and tell whether it has them already. Nothing is saved here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from nuages.declare.spec import Writable


def differs(row: Any, part: Writable, value: Any) -> bool:
    """Whether a row holds another value."""
    stored = getattr(row, part.attname)
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

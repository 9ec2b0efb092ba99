"""Apply checked values to one row through the model itself: its `save()`, its signals, its `clean()` are the author's.

Everything here happens inside a transaction that somebody else opened, on a row that somebody else found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.db import router
from django.db.models import Model, QuerySet

from nuages.change.children import write_children
from nuages.change.files import drop_after_commit, unnameable, watch
from nuages.change.values import assign, clean, differs, is_column, merged, resets
from nuages.declare.spec import Writable


class Changes:
    """The changes of one resource's rows; what a Resource's own hooks do unless their author does something else.

    Shapes: values by name, a reference's as its key, those of relations to many as lists of keys. Names that no client
        may send are taken as the model's attributes: what a hook adds. What is named in `kept` the client does not see,
        and replacing the row leaves it.
    """

    def __init__(self, model: type[Model], parts: Sequence[Writable], kept: frozenset[str] = frozenset()) -> None:
        self._kept = kept
        self._model = model
        self._parts = parts
        self._names = frozenset(part.name for part in parts)
        self._keys = frozenset(field.attname for field in model._meta.pk_fields)

    def create(self, values: Mapping[str, Any]) -> Any:
        """Make a row.

        Raises: ValidationError of the model's own; django.db.Error.
        """
        row = self._model()
        self._add(row, values)
        assign(row, [part for part in self._parts if part.name in values and is_column(part)], values)
        clean(row)
        _save(row, self._parts, values, force_insert=True, using=router.db_for_write(self._model))
        _link(row, self._parts, values)
        return row

    def replace(self, row: Any, values: Mapping[str, Any]) -> None:
        """Give a row the values, and its defaults where there are none; what is the same already is not written.

        Raises: as `create`.
        """
        absent = [part for part in self._parts if part.name not in values and self._resets(part)]
        self._change(row, {**{part.name: part.own.get_default() for part in absent}, **values})

    def merge(self, row: Any, values: Mapping[str, Any]) -> None:
        """Change what is named; objects in JSON fields are merged as well.

        Raises: as `create`.
        Source: RFC 7396.
        """
        self._change(row, merged(row, [part for part in self._parts if is_column(part)], values))

    def delete(self, row: Any) -> None:
        """Delete a row, with what its relations say of rows that depend on it.

        Raises: ProtectedError, RestrictedError, django.db.Error.
        """
        drop_after_commit(row, self._parts)
        row.delete()

    def delete_all(self, rows: Sequence[Any]) -> None:
        """Delete rows together, as each would be by itself.

        Raises: as `delete`.
        """
        if self._model.delete is not Model.delete:
            for row in rows:
                row.delete()
        elif rows:
            QuerySet(self._model, using=rows[0]._state.db).filter(pk__in=[row.pk for row in rows]).delete()
        for row in rows:
            drop_after_commit(row, self._parts)

    def _resets(self, part: Writable) -> bool:
        return part.name not in self._kept and resets(part, self._keys)

    def _change(self, row: Any, values: Mapping[str, Any]) -> None:
        changed = [p for p in self._parts if p.name in values and is_column(p) and differs(row, p, values[p.name])]
        _demand_same_key([part for part in changed if part.attname in self._keys])
        if self._add(row, values) or changed:
            drop_after_commit(row, changed)
            assign(row, changed, values)
            clean(row)
            _save(row, changed, values, force_update=True)
        _link(row, self._parts, values)

    def _add(self, row: Any, values: Mapping[str, Any]) -> bool:
        added = [name for name in values if name not in self._names]
        for name in added:
            setattr(row, name, values[name])
        return bool(added)


def _save(row: Any, parts: Sequence[Writable], values: Mapping[str, Any], **how: Any) -> None:
    """Save a row, which stores its files first."""
    watch(row, parts, values)
    try:
        row.save(**how)
    except SuspiciousFileOperation as error:  # of `upload_to`, or of what the field makes of it
        raise unnameable([part.name for part in parts if part.limits and values.get(part.name)]) from error


def _demand_same_key(changed: Sequence[Writable]) -> None:
    """A row with another key is another row: saving it would write over that one."""
    if changed:
        raise ValidationError({part.name: ValidationError("The key cannot change.", "read-only") for part in changed})


def _link(row: Any, parts: Sequence[Writable], values: Mapping[str, Any]) -> None:
    for part in parts:
        if part.name not in values:
            continue
        if part.many:
            getattr(row, part.name).set(values[part.name])
        elif part.children is not None:
            write_children(row, part, part.children, values[part.name])

"""Keep rows and files together: a file is stored before its row, and goes when its row is not stored, or no more.

Whatever ends this process in between may leave a file that no row names, never a row without its file.
Source: docs.djangoproject.com, "Managing files" and "Performing actions after commit".
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db import Error as DatabaseError

from nuages.declare.spec import Writable
from nuages.parse.uploads import Upload, storage_failed


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a storage, under the name that a row has, or would have had."""

    field: Any
    storage: Any
    name: str


class _Watched:
    """A storage that notes on an upload where it was stored, for one FieldFile; the rest is the storage's own."""

    def __init__(self, storage: Any, part: Writable, upload: Upload) -> None:
        self._storage = storage
        self._part = part
        self._upload = upload

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    def save(self, name: str, content: Any, max_length: int | None = None) -> str:
        """Store a file.

        Raises: ValidationError for a name of which nothing can be made; Unavailable where the storage fails.
        """
        name = chosen = _fitted(name, self._upload.token, max_length)
        try:
            chosen = self._storage.get_available_name(name, max_length=max_length)
            stored: str = self._storage.save(chosen, content, max_length=max_length)
        except Exception as error:  # each storage has errors of its own for a full disk and for a service that is away
            if self._upload.token and self._upload.token in chosen:  # nobody else's file is called so
                _delete(Stored(self._part.own, self._storage, chosen))
            if isinstance(error, SuspiciousFileOperation):
                raise unnameable([self._part.name]) from error
            raise storage_failed(error) from error
        self._upload.stored.append(Stored(self._part.own, self._storage, stored))
        return stored


def _fitted(name: str, token: str, max_length: int | None) -> str:
    """Cut a name to its column in front of the token; a storage would cut the token off, and with it the name's own.

    Shapes: `_fitted("sheets/abcdef_TOKEN.txt", "TOKEN", 21)` is "sheets/abcd_TOKEN.txt".
    """
    excess = len(name) - max_length if max_length else 0
    directory, slash, root = name.partition(token)[0].rpartition("/")
    if excess <= 0 or token not in name or len(root) <= excess:
        return name
    return f"{directory}{slash}{root[: -excess - 1]}_{token}{name.partition(token)[2]}"


def watch(row: Any, parts: Iterable[Writable], values: Any) -> None:
    """Let a row that has been given files note where its saving stores them."""
    for part in parts:
        if part.limits is not None and isinstance(values.get(part.name), Upload):
            file = getattr(row, part.attname)
            file.storage = _Watched(file.storage, part, values[part.name])


def unnameable(names: Sequence[str]) -> ValidationError:
    """What is wrong with files that the storage has no name for."""
    said = ValidationError("No file can be stored under this name.", code="invalid-name")
    return ValidationError(dict.fromkeys(names, said))


def drop_after_commit(row: Any, parts: Iterable[Writable]) -> None:
    """Delete the files that a row names, once a change that lets go of them is stored, if no row names them then."""
    alias = row._state.db
    for part in parts:
        name = str(getattr(row, part.attname) or "") if part.limits is not None and not part.limits.keeps else ""
        if name and name != _default(part.own):
            stored = Stored(part.own, part.own.storage, name)
            transaction.on_commit(partial(_drop, stored, alias), using=alias, robust=True)


def take_back(uploads: Iterable[Upload], alias: str, error: Exception | None = None) -> None:
    """Delete what a change has stored that was taken back.

    Shapes: `error` is what the change ended with. Where the database's connection failed, nobody knows whether its last
        word was heard: then what a row names stays, and what cannot be looked up stays too.
    """
    is_certain = not isinstance(error, DatabaseError) or isinstance(error, IntegrityError | DataError)
    for upload in uploads:
        for stored in upload.stored:
            if is_certain:
                _delete(stored)
            else:
                _try_to_drop(stored, alias)
        upload.stored.clear()


def _drop(stored: Stored, alias: str) -> None:
    if not stored.field.model._base_manager.using(alias).filter(**{stored.field.name: stored.name}).exists():
        _delete(stored)


def _try_to_drop(stored: Stored, alias: str) -> None:
    try:
        _drop(stored, alias)
    except DatabaseError:
        logging.getLogger("nuages.request").exception("%s may be left without a row", stored.name)


def _delete(stored: Stored) -> None:
    """Delete a file; one that stays is a file too many, and no reason to refuse what a client asked for."""
    try:
        stored.storage.delete(stored.name)
    except Exception:  # each storage has errors of its own
        logging.getLogger("nuages.request").exception("%s could not be deleted from its storage", stored.name)


def _default(field: Any) -> str:
    """The file that rows share which were never given one."""
    given = field.db_default if isinstance(field.db_default, str) else field.get_default()
    return str(given or "")

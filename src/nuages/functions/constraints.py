"""Tell which problem the breach of a constraint is inside a function, which has no model of its own to ask about."""

from __future__ import annotations

import re

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Model, ProtectedError, RestrictedError

from nuages.change.conflicts import broken
from nuages.errors import Conflict, Problem

_SQLITE = re.compile(r"constraint failed: (?:index )?'?([A-Za-z0-9_]+)", re.ASCII)


def problem_of_constraint(error: Exception) -> Problem | None:
    """The problem; None for what is no constraint's, or of a table that is no model's."""
    if isinstance(error, ProtectedError | RestrictedError):
        return Conflict("Other rows depend on this one.", code="in-use")
    model = _model_of(error) if isinstance(error, IntegrityError) else None
    return broken(error, model, ()) if model is not None and isinstance(error, IntegrityError) else None


def _model_of(error: IntegrityError) -> type[Model] | None:
    diag = getattr(error.__cause__, "diag", None)
    found = _SQLITE.search(str(error))
    named = diag.table_name if diag is not None else found[1] if found else ""
    models = apps.get_models(include_auto_created=True)
    exact = [model for model in models if model._meta.db_table == named]
    if exact or diag is not None:
        return exact[0] if exact else None
    # SQLite names the constraint or the index where it is no column's own, and no table where it is a foreign key.
    constrained = [model for model in models if named in {each.name for each in model._meta.constraints}]
    return (constrained or models)[0]

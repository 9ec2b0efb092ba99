"""Check what rules are known to ask for: paths, permissions, scopes, groups. Raises nothing, asks no database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldError
from django.db.models import Model

from nuages.declare.report import field_names
from nuages.errors import suggest
from nuages.permit.rules import Rule

Wrong = tuple[str, str]
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 section 3.3: no space, quote or backslash


def mistakes_of(rule: Rule, model: type[Model]) -> Iterable[Wrong]:
    """What is wrong with a rule over a model's rows, each with a hint."""
    for kind, name in rule.uses:
        wrong = _CHECKS[kind](name, model) if kind in _CHECKS else None
        if wrong is not None:
            yield wrong


def length_mistakes_of(rule: Rule) -> Iterable[Wrong]:
    """What is wrong with the times that a rule names."""
    for kind, given in rule.uses:
        if kind == "length":
            hint = 'A whole number and s, min or h: verified(within="15min").'
            yield f"verified(within={given}) is no length of time.", hint


def _path(path: str, model: type[Model]) -> Wrong | None:
    try:
        names = path.split("__")
        _, field, _, _ = model._base_manager.all().query.names_to_path(names, model._meta, fail_on_missing=True)
    except FieldError:
        return f"{model._meta.label} has no path {path!r}.", suggest(path, field_names(model))
    if field.is_relation:
        return None
    return f"{model._meta.label}.{path} leads to no user.", "Compare values in a rule of your own: Q(...)."


def _permission(name: Any, _model: type[Model]) -> Wrong | None:
    label, _, codename = str(name).partition(".")
    if not hasattr(get_user_model(), "has_perm"):
        return _without("permissions")
    if not label or not codename:
        return f"permission({name!r}) is not of the form app_label.codename.", 'Such as permission("shop.change_book").'
    labels = {config.label for config in apps.get_app_configs()}
    if label not in labels:
        return f"permission({name!r}): there is no app {label!r}.", suggest(label, labels)
    return _codename(name, label, codename)


def _codename(name: str, label: str, codename: str) -> Wrong | None:
    """One of Django's own must name a model; others may be made by the project at any time."""
    verb, _, model_name = codename.partition("_")
    models = list(apps.get_app_config(label).get_models())
    declared = {each for model in models for each, _ in model._meta.permissions}
    usual = {f"{verb}_{model._meta.model_name}" for model in models for verb in model._meta.default_permissions}
    if verb not in ("add", "change", "delete", "view") or codename in declared | usual:
        return None
    return f"permission({name!r}): {label} has no model {model_name!r}.", suggest(codename, declared | usual)


def _scope(name: Any, _model: type[Model]) -> Wrong | None:
    if isinstance(name, str) and _SCOPE.fullmatch(name):
        return None
    return f"scope({name!r}) is no scope.", 'Printable ASCII without space, " and \\: scope("books:read").'


def _group(name: Any, _model: type[Model]) -> Wrong | None:
    if not hasattr(get_user_model(), "groups"):
        return _without("groups")
    return None if name else ("group('') has no name.", 'Such as group("editors").')


def _without(what: str) -> Wrong:
    label = get_user_model()._meta.label
    return f"{label} has no {what}.", "Derive it from django.contrib.auth.models.PermissionsMixin."


_CHECKS: Mapping[str, Callable[[Any, type[Model]], Wrong | None]] = {
    "path": _path,
    "permission": _permission,
    "scope": _scope,
    "group": _group,
}

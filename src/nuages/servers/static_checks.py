"""Find what is wrong in what would be served as static files. No file is read here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from django.conf import ENVIRONMENT_VARIABLE, settings

from nuages.errors import Misdeclared
from nuages.servers.static_files import static_prefix, static_root


def static_mistakes() -> Iterable[Misdeclared]:
    """A directory with what nobody may have: `nuages.E058`."""
    root = static_root()
    if settings.DEBUG or root is None:
        return
    for name, path in _kept_from_all():
        if path.resolve().is_relative_to(root.resolve()):
            message = f"{name} is in it, which everybody could have then."
            hint = "Give static files a directory of their own."
            yield Misdeclared("nuages.E058", "settings.STATIC_ROOT", message, hint)
            return


def lacks_files() -> bool:
    """Whether the admin would be without its style sheets."""
    root = static_root()
    is_empty = root is not None and bool(static_prefix()) and not (root.is_dir() and any(root.iterdir()))
    return is_empty and "django.contrib.admin" in settings.INSTALLED_APPS


def _kept_from_all() -> Iterable[tuple[str, Path]]:
    module = sys.modules.get(os.environ.get(ENVIRONMENT_VARIABLE, ""))
    if module is not None and module.__file__:
        yield "the settings", Path(module.__file__)
    for alias, database in settings.DATABASES.items():
        if database.get("ENGINE", "").endswith("sqlite3") and database.get("NAME"):
            yield f"the database {alias!r}", Path(str(database["NAME"]))
    if settings.MEDIA_ROOT:
        yield "MEDIA_ROOT", Path(settings.MEDIA_ROOT)

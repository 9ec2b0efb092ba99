"""Everything public can be imported before Django has settings."""

import json
import os
import subprocess
import sys

# They are Django's way in, and run only in a project that has settings.
NEED_SETTINGS = [
    f"nuages.{name}" for name in ("admin", "apps", "asgi", "management", "wsgi", "models", "migrations", "social")
]
# Of this one settings.py itself imports the front door, and nothing else.
NEED_SETTINGS += ["nuages.oauth"]
# A task asks its back end when it is declared.
NEED_SETTINGS += ["nuages.jobs.rq", "nuages.jobs.transport"]
NEED_SETTINGS += [f"nuages.webhooks.{name}" for name in ("admin", "migrations", "models")]

IMPORT_ALL = """
import importlib, json, pkgutil, sys, traceback
import nuages
from django.conf import settings

skipped, imported, failed = json.loads(sys.argv[1]), [], {}

def import_below(package):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if module.name in skipped:
            continue
        try:
            found = importlib.import_module(module.name)
        except Exception:
            failed[module.name] = traceback.format_exc()
            continue
        imported.append(module.name)
        if module.ispkg:
            import_below(found)

import_below(nuages)
print(json.dumps({"imported": imported, "failed": failed, "configured": settings.configured}))
"""


def test_every_public_module_imports_without_settings() -> None:
    """`import nuages` and each module below it work with no settings, and configure none."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL, json.dumps(NEED_SETTINGS)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["failed"] == {}, "\n".join(result["failed"].values())
    assert not result["configured"]
    assert "nuages.http" in result["imported"]

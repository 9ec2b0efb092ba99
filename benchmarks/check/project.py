"""Bring up the project of the check, as a server would; gives the WSGI application. Nothing is asked here."""

import os
import sys
from pathlib import Path
from wsgiref.types import WSGIApplication

ROOT = Path(__file__).resolve().parents[2]


def bring_up() -> WSGIApplication:
    """Import `nuages.wsgi`, which sets Django up. No database is opened; where they lie may be said afterwards."""
    sys.path[:0] = [place for place in (str(ROOT), str(ROOT / "examples" / "bookshop")) if place not in sys.path]
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.check.settings"
    from nuages.wsgi import application  # noqa: PLC0415  # Django must know its settings first

    return application

"""Serve static files with DEBUG from where `runserver` finds them, under WSGI and ASGI.

Django's own handlers answer a path that leads out of the directories, such as `/static/../settings.py`, with a 500;
here it is a file that there is not.
Source: docs.djangoproject.com, "How to manage static files"; django.contrib.staticfiles.handlers.
"""

from __future__ import annotations

from typing import Any

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler, StaticFilesHandler
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404


class _WithinDirectories:
    def serve(self, request: Any) -> Any:
        """Serve a file.

        Raises: Http404.
        """
        try:
            return super().serve(request)  # type: ignore[misc]  # of the handler that this is mixed into
        except (SuspiciousFileOperation, ValueError) as error:  # ValueError for a null byte
            raise Http404("There is no such file.") from error


class FoundFiles(_WithinDirectories, StaticFilesHandler):  # type: ignore[misc]  # as its base has it
    """Static files under WSGI, and the application for everything else."""


class AsgiFoundFiles(_WithinDirectories, ASGIStaticFilesHandler):  # type: ignore[misc]  # as its base has it
    """Static files under ASGI, and the application for everything else."""

"""Nuages as an ASGI application: `uvicorn nuages.asgi:application`. DJANGO_SETTINGS_MODULE says for which project."""

from __future__ import annotations

from nuages.api import registered_apis
from nuages.servers.asgi_app import AsgiApplication, django_application
from nuages.servers.observed_asgi import observed
from nuages.servers.start import start_project, thread_count

application = AsgiApplication(start_project(registered_apis), observed(django_application), threads=thread_count())

"""Nuages as a WSGI application: `gunicorn nuages.wsgi`. DJANGO_SETTINGS_MODULE says for which project."""

from __future__ import annotations

from nuages.api import registered_apis
from nuages.servers.ending import end_streams_at_sigterm
from nuages.servers.observed_wsgi import observed
from nuages.servers.start import start_project
from nuages.servers.wsgi_app import WsgiApplication, django_application

end_streams_at_sigterm()
application = WsgiApplication(start_project(registered_apis), observed(django_application))

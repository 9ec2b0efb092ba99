"""What gunicorn and granian serve of the peers on Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "on_django.settings")
application = get_wsgi_application()

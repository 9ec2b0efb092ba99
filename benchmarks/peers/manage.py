#!/usr/bin/env python
"""Django's command line for the peers on Django; PEER names the one (see on_django/settings.py)."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "on_django.settings")
    execute_from_command_line(sys.argv)

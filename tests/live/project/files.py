"""Settings and URLs of an API to which files are sent, for tests of what servers make of them."""

import os
from pathlib import Path

from tests.live.project import settings
from tests.live.project.settings import *  # noqa: F403

MAX_FILE_BYTES = int(os.environ.get("TEST_MAX_FILE_BYTES", "1000000"))

INSTALLED_APPS = [*settings.INSTALLED_APPS, "django.contrib.postgres", "tests.zoo"]  # type: ignore[attr-defined]
ROOT_URLCONF = "tests.live.project.files_urls"
NUAGES_STRAIGHT = os.environ.get("TEST_STRAIGHT", "1") == "1"
NUAGES_THREADS = 2
NUAGES_MAX_BODY_BYTES = 10_000
MEDIA_ROOT = Path(os.environ["TEST_DIRECTORY"]) / "media"
MEDIA_URL = "/media/"

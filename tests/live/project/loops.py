"""Settings of an API whose functions are coroutines, for tests of what servers make of them."""

import os

from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "tests.live.project.loops_urls"
INSTALLED_APPS = [app for app in EVERY_APP if app != "nuages.oauth"]  # whose pages are not among the URLs
NUAGES_STRAIGHT = os.environ.get("TEST_STRAIGHT", "1") == "1"
NUAGES_ACCESS_LOG = "TEST_ACCESS_LOG" in os.environ

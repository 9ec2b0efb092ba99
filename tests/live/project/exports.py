"""Settings of an API whose one list may be had whole, for tests of what servers make of it."""

import os

from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "tests.live.project.exports_urls"
INSTALLED_APPS = [app for app in EVERY_APP if app != "nuages.oauth"]  # whose pages are not among the URLs
NUAGES_STRAIGHT = os.environ.get("TEST_STRAIGHT", "1") == "1"
NUAGES_EXPORT_STALL_S = float(os.environ.get("TEST_STALL_S", "60"))

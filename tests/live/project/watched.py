"""The settings of the tests' project with one API, whose one list may be watched."""

import os

from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "tests.live.project.watched_urls"
INSTALLED_APPS = [app for app in EVERY_APP if app != "nuages.oauth"]  # whose pages are not among the URLs
NUAGES_LIVE_MAX_S = float(os.environ.get("TEST_LIVE_MAX_S", "300"))
NUAGES_LIVE_MAX_INTERESTS = int(os.environ.get("TEST_LIVE_MAX_INTERESTS", "200"))
NUAGES_STREAM_HEARTBEAT_S = float(os.environ.get("TEST_HEARTBEAT_S", "15"))

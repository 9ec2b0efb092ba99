"""Settings of a core whose answers are streams, for tests of what servers make of them."""

import os

from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "tests.live.project.streams_urls"
INSTALLED_APPS = [app for app in EVERY_APP if app != "nuages.oauth"]  # whose pages are not among the URLs
NUAGES_STRAIGHT = os.environ.get("TEST_STRAIGHT", "1") == "1"
NUAGES_STREAM_HEARTBEAT_S = float(os.environ.get("TEST_HEARTBEAT_S", "15"))
NUAGES_MAX_STREAMS = int(os.environ.get("TEST_MAX_STREAMS", "1000"))

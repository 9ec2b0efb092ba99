"""The project's settings with other values of OAUTH2_PROVIDER: TEST_PROVIDER, as JSON."""

import json
import os

from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import OAUTH2_PROVIDER

ROOT_URLCONF = "bookshop.urls"
OAUTH2_PROVIDER |= json.loads(os.environ.get("TEST_PROVIDER", "{}"))

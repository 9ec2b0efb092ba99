"""The settings of the tests' project with functions that workers run, and with short times."""

import os

from nuages import env
from tests.live.project.settings import *  # noqa: F403
from tests.live.project.settings import INSTALLED_APPS as EVERY_APP

ROOT_URLCONF = "tests.live.project.jobs_urls"
INSTALLED_APPS = [app for app in EVERY_APP if app != "nuages.oauth"]  # whose pages are not among the URLs
NUAGES_JOB_LEASE_S = float(os.environ.get("TEST_LEASE_S", "2"))
NUAGES_JOB_POLL_S = float(os.environ.get("TEST_POLL_S", "0.1"))
NUAGES_JOB_DRAIN_S = float(os.environ.get("TEST_JOB_DRAIN_S", "20"))
NUAGES_JOB_GRACE_S = 1
if "TEST_RQ_URL" in os.environ:
    os.environ["REDIS_URL"] = os.environ["TEST_RQ_URL"]
    TASKS, RQ_QUEUES = env.tasks(), env.rq_queues()
    INSTALLED_APPS += ["django_rq"]
    MIGRATION_MODULES = {"django_rq": None}  # it has no table

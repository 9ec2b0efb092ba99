"""The bookshop's settings, with the tests' URLs, and what a test chooses by the environment."""

import os
import time

from django import VERSION

from bookshop.settings import *  # noqa: F403
from bookshop.settings import DATABASES, OAUTH2_PROVIDER

if "TEST_CLOCK_S" in os.environ:  # before anything of ours or of Django's takes the function
    _time, _ahead_s = time.time, int(os.environ["TEST_CLOCK_S"])
    time.time = lambda: _time() + _ahead_s

ROOT_URLCONF = "tests.live.project.urls"
NUAGES_THREADS = int(os.environ.get("TEST_THREADS", "4"))
NUAGES_DRAIN_DELAY_S = int(os.environ.get("TEST_DRAIN_DELAY_S", "0"))
NUAGES_DRAIN_S = int(os.environ.get("TEST_DRAIN_S", "20"))

if "TEST_SQLITE_MODE" in os.environ:
    DATABASES["default"]["OPTIONS"] |= {"transaction_mode": os.environ["TEST_SQLITE_MODE"]}

OAUTH2_PROVIDER |= {"NUAGES_APP_SCOPES": {"narrow": ["orders:read"]}}
NUAGES_LOGIN = {"grace_s": int(os.environ.get("TEST_GRACE_S", "10"))}
NUAGES_REDIS_URL = os.environ.get("TEST_REDIS_URL", "")
NUAGES_STATEMENT_TIMEOUT_S = float(os.environ.get("TEST_TIMEOUT_S", "10"))
NUAGES_TRUSTED_PROXIES = int(os.environ.get("TEST_PROXIES", "0"))
NUAGES_CACHE_LISTEN = "TEST_CACHE_LISTEN" in os.environ
NUAGES_LIMITS_WITHOUT_REDIS = os.environ.get("TEST_WITHOUT_REDIS", "local")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a fast one: races log in often

NUAGES_ACCOUNTS = {}  # the bookshop's links would be of HTTP here, and these servers run without DEBUG
NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]  # the tests' receivers
if "TEST_MAILS" in os.environ:  # a directory with a file for each mail
    mailer, place = "django.core.mail.backends.filebased.EmailBackend", os.environ["TEST_MAILS"]
    if VERSION >= (6, 1):
        MAILERS = {"default": {"BACKEND": mailer, "OPTIONS": {"file_path": place}}}
    else:
        EMAIL_BACKEND, EMAIL_FILE_PATH = mailer, place
    links = {name: f"https://app.example/account/#{name}={{token}}" for name in ("confirm", "reset")}
    NUAGES_ACCOUNTS = {"register": True, "reset_password": True, "links": links, "mails": 1_000, "client_mails": 1_000}

NUAGES_METRICS = "TEST_METRICS" in os.environ
if "STATIC_ROOT" in os.environ:
    STATIC_ROOT = os.environ["STATIC_ROOT"]

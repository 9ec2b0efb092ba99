"""Conduit's settings with a quick hash: tests register often."""

from conduit.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

"""Webhooks: messages to addresses that users name, signed as Standard Webhooks has it, and those that come in."""

from nuages.webhooks.signing import BadSignature, make_secret, verify

__all__ = ["BadSignature", "make_secret", "verify"]

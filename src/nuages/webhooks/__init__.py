"""Webhooks: events told to addresses that users name, signed as Standard Webhooks has it, and those that come in."""

from nuages.webhooks.receiving import Message, take
from nuages.webhooks.registering import disable, enable, register, renew_secret
from nuages.webhooks.sending import EVERYBODY, send_again, send_ping, send_webhook
from nuages.webhooks.signing import BadSignature, make_secret, verify

__all__ = [
    "EVERYBODY",
    "BadSignature",
    "Message",
    "disable",
    "enable",
    "make_secret",
    "register",
    "renew_secret",
    "send_again",
    "send_ping",
    "send_webhook",
    "take",
    "verify",
]

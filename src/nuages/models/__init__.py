"""The tables that Nuages keeps of its own, under the names by which Django finds them."""

from nuages.models.idempotency import IdempotentAnswer
from nuages.models.jobs import JobPiece, JobSlot, StoredJob
from nuages.models.keys import StoredKey
from nuages.models.live import LoggedChange, LogMark
from nuages.models.logins import FailedLogin, Login, RefreshToken
from nuages.models.moving import ExchangedToken

__all__ = [
    "ExchangedToken",
    "FailedLogin",
    "IdempotentAnswer",
    "JobPiece",
    "JobSlot",
    "LogMark",
    "LoggedChange",
    "Login",
    "RefreshToken",
    "StoredJob",
    "StoredKey",
]

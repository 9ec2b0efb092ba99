"""The tables that Nuages keeps of its own, under the names by which Django finds them."""

from nuages.models.idempotency import IdempotentAnswer
from nuages.models.keys import StoredKey
from nuages.models.logins import FailedLogin, Login, RefreshToken

__all__ = ["FailedLogin", "IdempotentAnswer", "Login", "RefreshToken", "StoredKey"]

"""Second factors of django-allauth with its passkeys, where the project has said whose they are.

Nothing that reads passkeys is imported before somebody shows one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nuages.factors.of_allauth import AllauthFactor
from nuages.factors.relying_party import is_passwordless, read_relying_party


class FactorWithPasskeys(AllauthFactor):
    """The app `allauth.mfa`, and the setting NUAGES_PASSKEYS."""

    def __init__(self) -> None:
        self._party = read_relying_party()

    @property
    def is_passwordless(self) -> bool:
        """Whether a passkey lets in without a name and a password."""
        return self._party is not None and is_passwordless()

    def offer_passkeys(self, user: Any) -> Mapping[str, Any] | None:
        """What a page needs to ask for a passkey, of a user or of anybody; None where there is none that could be used.

        Shapes: `{"options": {...}, "ceremony": "..."}`; `user` None for anybody.
        """
        from nuages.factors import passkeys  # noqa: PLC0415  # imports an optional dependency

        return None if self._party is None else passkeys.offer(self._party, user)

    def use_passkey(self, user: Any, ceremony: str, credential: dict[str, Any]) -> tuple[str, ...]:
        """What a passkey proves of a user who has been asked for it; nothing where it is wrong."""
        from nuages.factors import passkeys  # noqa: PLC0415  # imports an optional dependency

        return () if self._party is None else passkeys.use(self._party, user, ceremony, credential)

    def find_by_passkey(self, ceremony: str, credential: dict[str, Any]) -> tuple[Any, tuple[str, ...]] | None:
        """The active user who is behind a passkey, and what it proves; None where it is wrong."""
        from nuages.factors import passkeys  # noqa: PLC0415  # imports an optional dependency

        return None if self._party is None else passkeys.find(self._party, ceremony, credential)

"""Who is asking. Rules read it; how it was proved is the business of the other modules of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking and how they proved it.

    Shapes: `user` is an instance of the project's user model, or None for nobody; `method` names the proof ("session").
    """

    user: Any = None
    method: str = ""

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is asking, rather than anybody."""
        return self.user is not None

    @property
    def is_staff(self) -> bool:
        """Whether the user is active staff."""
        return self.user is not None and bool(getattr(self.user, "is_staff", False))


ANONYMOUS = Principal()

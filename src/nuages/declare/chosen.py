"""What a function answers with where it has chosen rows of a resource: which ones. Nothing of how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Page:
    """The list of a resource, of those rows alone that a queryset has; `Books.page(queryset)` makes it."""

    resource: type[Any]
    queryset: Any


@dataclass(frozen=True, slots=True)
class OneMember:
    """One member of a resource, as it is shown under its own URL; `Books.member(book)` makes it.

    Shapes: `of` is an instance, or a queryset of one row at most.
    """

    resource: type[Any]
    of: Any


Chosen: TypeAlias = Page | OneMember

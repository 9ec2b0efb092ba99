"""What a route leads to: one verb on one resource, with everything it needs built in advance. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nuages.declare.spec import ResourceSpec
from nuages.parse.key import KeyReader
from nuages.parse.question import QuestionReader
from nuages.permit.access import Gate


@dataclass(frozen=True, slots=True)
class Operation:
    """A read of a resource.

    Shapes: `gate` is the resource's own; `shown` the gates, not open ones, of resources shown inside it; `gates` those
        of every resource of the API that is not open, by name, for filters that lead to them.
    """

    kind: Literal["list", "detail"]
    spec: ResourceSpec
    gate: Gate
    shown: tuple[Gate, ...]
    gates: Mapping[str, Gate]
    questions: QuestionReader
    read_key: KeyReader

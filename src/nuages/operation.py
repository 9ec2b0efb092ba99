"""What a route leads to: one verb on one resource, with everything it needs built in advance. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nuages.declare.spec import ResourceSpec
from nuages.parse.key import KeyReader
from nuages.parse.question import QuestionReader
from nuages.permit.access import Gate
from nuages.respond.links import Linker


@dataclass(frozen=True, slots=True)
class Operation:
    """A read of a resource.

    Shapes: `gate` is the resource's own; `gates` those of every resource of the API that is not open, by name, for
        what is shown inside it and for filters that lead to them.
    """

    kind: Literal["list", "detail"]
    spec: ResourceSpec
    gate: Gate
    gates: Mapping[str, Gate]
    questions: QuestionReader
    linker: Linker
    read_key: KeyReader

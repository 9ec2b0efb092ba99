"""An endpoint with everything built in advance: what the router leads to. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nuages.chosen_answers import ChosenAnswers
from nuages.declare.aging import Header
from nuages.functions.dependencies import Dependency
from nuages.functions.outputs import Outputs
from nuages.identify.chain import Identifier
from nuages.limit.throttle import Throttle
from nuages.parse.inputs import InputReader, InputSignature
from nuages.permit.rules import Rule


@dataclass(frozen=True, slots=True)
class Function:
    """A function behind a URL.

    Shapes: `place` is where it stands ("shop/api.py:40 stats"); `dependencies` are made before it is called, in this
        order; `is_atomic` where it runs inside a transaction; `choices` shows rows that it has chosen.
    """

    name: str
    place: str
    function: Callable[..., Any]
    method: str
    rule: Rule
    signature: InputSignature
    inputs: InputReader
    outputs: Outputs
    dependencies: tuple[Dependency, ...]
    identify: Identifier
    is_async: bool
    is_atomic: bool
    choices: ChosenAnswers
    throttle: Throttle | None = None
    aging: tuple[Header, ...] = ()

"""An endpoint with everything built in advance: what the router leads to. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nuages.cache.keeper import Keeper
from nuages.chosen_answers import ChosenAnswers
from nuages.declare.aging import Header
from nuages.functions.dependencies import Dependency
from nuages.functions.outputs import Outputs
from nuages.identify.chain import Identifier
from nuages.job_answers.asked import AskedJob
from nuages.limit.throttle import Throttle
from nuages.parse.inputs import InputReader, InputSignature
from nuages.permit.rules import Rule


@dataclass(frozen=True, slots=True)
class Function:
    """A function behind a URL.

    Shapes: `place` is where it stands ("shop/api.py:40 stats"); `dependencies` are made before it is called, in this
        order; `is_atomic` where it runs inside a transaction; `choices` shows rows that it has chosen; `keeper`
        keeps its answers, None for none; `job` is what a worker runs instead, None where the request does.
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
    keeper: Keeper | None = None
    job: AskedJob | None = None

    @property
    def is_personal(self) -> bool:
        """Whether its answers may be another for somebody else."""
        is_open = self.rule.constant is True
        return not is_open or self.outputs.is_choosing or bool(self.signature.injected or self.dependencies)

    @property
    def kept_headers(self) -> tuple[str, ...]:
        """The headers that its answers depend on."""
        return self._taken("headers")

    @property
    def kept_cookies(self) -> tuple[str, ...]:
        """The cookies that its answers depend on."""
        return self._taken("cookies")

    def _taken(self, place: str) -> tuple[str, ...]:
        signatures = (self.signature, *(each.signature for each in self.dependencies))
        return tuple([name for signature in signatures for name in getattr(signature, place).names])

"""Turn the classes registered with an API into one that may be served, or into everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nuages.assembly.gathered import Gathered, Registry
from nuages.assembly.routes import pipeline_of
from nuages.declare.handlers import handlers_of
from nuages.declare.spec import ResourceSpec
from nuages.declare.visibility import visible_rules
from nuages.errors import DeclarationError, Misdeclared
from nuages.failures import Failures
from nuages.functions.function import Function
from nuages.identify.chain import Authenticator, Identifier
from nuages.identify.session import Session
from nuages.limit.limiter import Limiter
from nuages.logins.terms import trusted_proxies
from nuages.permit.shading import too_many
from nuages.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Built:
    """An API that may be served: its specifications by name, and its pipeline."""

    specs: dict[str, ResourceSpec]
    pipeline: Pipeline
    needs_loop: bool = False

    @property
    def endpoint_count(self) -> int:
        """How many method and path pairs are served, HEAD and OPTIONS aside."""
        return self.pipeline.target_count


def assemble(
    title: str,
    version: str,
    registry: Registry,
    authenticate: Sequence[Authenticator] = (Session(),),
    *,
    throttle: Any = None,
) -> Built:
    """Check every class, endpoint and handler, and enter the operations into the router.

    Shapes: `authenticate` are the API's ways of proving who one is; a resource may have its own; `throttle` is
        how often one may ask for anything of it; of `renderers`, which write the problems, there is one at most.
    Raises: DeclarationError when anything is wrong, with every mistake.
    """
    gathered = Gathered(title, registry, authenticate, throttle)
    _demand_none(gathered.mistakes())
    specs = {spec.name: spec for spec, _ in gathered.results}
    _demand_none(m for spec in specs.values() for m in too_many(type(spec.declared), visible_rules(spec, specs)))
    for declared, _ in gathered.registered:
        declared._is_served = True
    pipeline = pipeline_of(
        title,
        version,
        specs,
        Identifier(authenticate),
        made=registry.made,
        groups=registry.groups,
        endpoints=gathered.endpoints,
        failures=Failures(handlers_of(registry.handled), *registry.renderers),
        limiter=Limiter(title, throttle, trusted_proxies()),
        jobs=gathered.jobs,
    )
    is_live = any(spec.is_live for spec in specs.values())
    return Built(specs, pipeline, needs_loop=is_live or _needs_loop(pipeline))


def _demand_none(mistakes: Iterable[Misdeclared]) -> None:
    found = list(mistakes)
    if found:
        raise DeclarationError(found)


def _needs_loop(pipeline: Pipeline) -> bool:
    functions = [target for _, _, target in pipeline.targets if isinstance(target, Function)]
    return any(each.is_async or each.outputs.stream is not None for each in functions)

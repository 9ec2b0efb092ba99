"""Keep what an author puts under a common prefix: endpoints and resources with the same terms, versions side by side.

What is wrong with a prefix is told here; with a rule, a throttle or an endpoint, where those are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeAlias, TypedDict, TypeVar, Unpack

from django.db.models import Model

from nuages.declare.aging import Aging
from nuages.declare.build import default_path
from nuages.declare.endpoints import Endpoint, Endpoints
from nuages.declare.names import SEGMENT
from nuages.declare.resource import Resource
from nuages.errors import Misdeclared, suggest

_LOGINS = "auth"
Declared = TypeVar("Declared", bound=type[Resource])
Registered: TypeAlias = Sequence[tuple[type[Resource], type[Model]]]


class Defaults(TypedDict, total=False):
    """What a group says for all that stands in it and does not say it itself.

    Shapes: `rule` and `cache` are for endpoints; `throttle` is one quota for all of them together; `authenticate` are
        ways of proving who one is; `deprecated`, `sunset` and `successor` as for an endpoint.
    """

    rule: Any
    throttle: Any
    cache: Any
    authenticate: Any
    deprecated: Any
    sunset: Any
    successor: Any


_OF_ENDPOINTS = ("rule", "throttle", "cache", "deprecated", "sunset", "successor")


class Outer(Protocol):
    """What a group stands in: an API, or another group."""

    prefix: str

    @property
    def defaults(self) -> Defaults:
        """What is said for all that stands in it."""
        ...

    def keep(self, endpoint: Endpoint) -> None:
        """Take an endpoint, whose path begins here."""
        ...

    def register(self, declared: type[Resource], model: type[Model], group: Group) -> None:
        """Take a resource of a group below."""
        ...

    def enter(self, group: Group) -> None:
        """Take a group below."""
        ...


class Group(Endpoints):
    """Endpoints and resources under one prefix: `v1 = api.group("/v1", throttle="600/min")`, then `@v1.get(...)`."""

    def __init__(self, outer: Outer, prefix: str, defaults: Defaults) -> None:
        super().__init__()
        self._outer = outer
        self._own = prefix
        self._defaults = defaults
        self.prefix = f"{outer.prefix}{prefix}"
        outer.enter(self)

    def __repr__(self) -> str:
        return f"group({self.prefix!r})"

    @property
    def defaults(self) -> Defaults:
        """What is said here, or around it."""
        return {**self._outer.defaults, **self._defaults}

    @property
    def authenticate(self) -> Any:
        """The ways of proving who one is here; None for the API's."""
        return self.defaults.get("authenticate")

    @property
    def quota(self) -> str:
        """What names the throttle here: the group that says it."""
        return self.prefix if "throttle" in self._defaults or not isinstance(self._outer, Group) else self._outer.quota

    @property
    def around(self) -> Iterator[str]:
        """The prefixes of this group and of those around it, the nearest first; "" is the API's own."""
        yield self.prefix
        yield from self._outer.around if isinstance(self._outer, Group) else ("",)

    def resource(self, model: type[Model]) -> Callable[[Declared], Declared]:
        """Register the Resource class below for a model, under the group's prefix."""

        def take(declared: Declared) -> Declared:
            self.register(declared, model, self)
            return declared

        return take

    def group(self, prefix: str, **defaults: Unpack[Defaults]) -> Group:
        """Make a group in this one, under both prefixes."""
        return Group(self, prefix, defaults)

    def keep(self, endpoint: Endpoint) -> None:
        """Take an endpoint, whose path begins here."""
        here: Any = {name: given for name, given in self._defaults.items() if name in _OF_ENDPOINTS}
        if endpoint.method != "GET":
            here.pop("cache", None)
        quota = self.prefix if "throttle" in here and "throttle" not in endpoint.terms else endpoint.quota
        path: Any = endpoint.path
        whole = f"{self._own}{path}" if isinstance(path, str) and path.startswith("/") else path
        ways = self._defaults.get("authenticate") if endpoint.authenticate is None else endpoint.authenticate
        terms: Any = {**here, **endpoint.terms}
        self._outer.keep(replace(endpoint, path=whole, terms=terms, quota=quota, authenticate=ways))

    def register(self, declared: type[Resource], model: type[Model], group: Group) -> None:
        """Take a resource, of this group or of one below."""
        self._outer.register(declared, model, group)

    def enter(self, group: Group) -> None:
        """Take a group below."""
        self._outer.enter(group)

    def _keep(self, endpoint: Endpoint) -> None:
        self.keep(endpoint)


Groups: TypeAlias = Mapping[type[Resource], Group]
"""The group of each resource that stands in one."""


def name_of(declared: type[Resource], groups: Groups) -> str:
    """The name of a resource, which is its path: "books", or "v1/books" in a group."""
    group = groups.get(declared)
    return default_path(declared) if group is None else f"{group.prefix.strip('/')}/{default_path(declared)}"


def ways_of(declared: type[Resource], groups: Groups) -> Any:
    """A resource's ways of proving who one is, its own or those of its group; None for the API's."""
    group = groups.get(declared)
    return declared.authenticate if declared.authenticate is not None or group is None else group.authenticate


def aging_of(declared: type[Resource], groups: Groups) -> Aging:
    """What is said of a resource's end, by itself or around it."""
    own = Aging(declared.deprecated, declared.sunset, declared.successor)
    group = groups.get(declared)
    return own if group is None else own.within(aging_in(group.defaults))


def aging_in(said: Mapping[str, Any]) -> Aging:
    """What is said of an end among other terms."""
    return Aging(said.get("deprecated"), said.get("sunset"), said.get("successor"))


def nearest(registered: Registered, groups: Groups, asking: type[Resource]) -> dict[type[Model], type[Resource]]:
    """The resource of each model as another one sees it: of its own group, else of those around, else the first."""
    group = groups.get(asking)
    ways = list(group.around) if group is not None else [""]

    def distance(declared: type[Resource]) -> int:
        own = groups.get(declared)
        prefix = own.prefix if own is not None else ""
        return ways.index(prefix) if prefix in ways else len(ways)

    found: dict[type[Model], type[Resource]] = {}
    for declared, model in sorted(registered, key=lambda each: distance(each[0])):
        found.setdefault(model, declared)
    return found


def group_mistakes(made: Iterable[Group], registered: Registered, groups: Groups) -> Iterator[Misdeclared]:
    """What is wrong with the prefixes of groups: `nuages.E066`."""
    names = {name_of(declared, groups): declared for declared, _ in registered}
    for group in made:
        for message, hint in [*_prefix_mistakes(group, names), *_term_mistakes(group)]:
            yield Misdeclared("nuages.E066", f"group({group.prefix!r})", message, hint)


def _prefix_mistakes(group: Group, names: Mapping[str, type[Resource]]) -> Iterator[tuple[str, str]]:
    own: Any = group._own
    parts = own.split("/") if isinstance(own, str) else []
    if not parts or parts[0] or not all(SEGMENT.fullmatch(part) for part in parts[1:]) or len(parts) == 1:
        hint = 'A prefix begins with a slash, ends in none, and has no parameters: "/v1".'
        yield f"has the prefix {own!r}.", hint
        return
    steps = group.prefix.strip("/").split("/")
    if steps[0] == _LOGINS and any(name.startswith(f"{_LOGINS}/") for name in names):
        yield "has resources where logins are.", "Give it another prefix; endpoints may stand there."
    taken = next((name for n in range(len(steps)) if (name := "/".join(steps[: n + 1])) in names), None)
    if taken is not None:
        message = f"has a prefix where the members of {names[taken].__qualname__} are, under /{taken}."
        yield message, "Give the group or the resource another path."


def _term_mistakes(group: Group) -> Iterator[tuple[str, str]]:
    known = list(Defaults.__annotations__)
    for name in group._defaults:
        if name not in known:
            yield f"says {name!r}, which there is not.", suggest(str(name), known)

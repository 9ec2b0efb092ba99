"""Check the ways of proving who one is that an API and its resources declare, and let each start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nuages.declare.build import default_path
from nuages.declare.groups import Group
from nuages.declare.report import locate
from nuages.declare.resource import Resource
from nuages.errors import Misdeclared
from nuages.identify.chain import Authenticator
from nuages.identify.session import Session

_AUTH = "auth"
_HINT = "Write authenticate = [Session()], of the ways that nuages offers or classes of your own that derive from one."


def authenticator_mistakes(
    title: str, own: Any, classes: Sequence[type[Resource]], made: Sequence[Group] = ()
) -> Iterable[Misdeclared]:
    """What is wrong with the ways of an API, its groups and resources; those that are right are started, each once."""
    declared = [(f"API(title={title!r})", own)]
    declared += [(repr(group), ways) for group in made if (ways := group.defaults.get("authenticate")) is not None]
    declared += [(locate(each), each.authenticate) for each in classes if each.authenticate is not None]
    started: list[Authenticator] = []
    for place, ways in declared:
        for way in ways if isinstance(ways, list | tuple) else [ways]:
            if not isinstance(way, Authenticator):
                yield Misdeclared(
                    "nuages.E033", place, f"authenticate: {way!r} is no way of proving who one is.", _HINT
                )
            elif way not in started:
                started.append(way)
                yield from way.start(title)
    if any(isinstance(way, Session) and way.login for way in started):
        yield from _taken(classes)


def authenticator_remarks(
    title: str, own: Any, classes: Sequence[type[Resource]], made: Sequence[Group] = ()
) -> Iterable[Misdeclared]:
    """What the ways of an API, its groups and resources remark, once each; nothing is wrong with them."""
    ways = [*own, *(way for each in classes for way in each.authenticate or ())]
    ways += [way for group in made for way in group.authenticate or ()]
    for way in dict.fromkeys(ways):
        yield from way.remarks(title)


def _taken(classes: Sequence[type[Resource]]) -> Iterable[Misdeclared]:
    for declared in classes:
        if default_path(declared) == _AUTH:
            message = f"path {_AUTH!r} is where browsers log in, with Session(login=True)."
            yield Misdeclared("nuages.E037", locate(declared), message, "Give the resource another path.")

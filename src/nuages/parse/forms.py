"""Remember how questions with the same parameters are read, so that only their values are read again.

Most clients ask with the same few sets of parameters. Of such a set everything but the values is known: which lookups
read them, in which order they fill the slots, and whose rules they lead through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from nuages.parse.condition import Comparison, Node, Parameter, Values, operands_of, values_of
from nuages.parse.parameters import all_of, read_value

MAX_FORMS = 500
_STRUCTURAL = frozenset({"filter", "search", "group", "aggregate"})


class Asked(msgspec.Struct, frozen=True):
    """What is asked of rows.

    Shapes: `condition` makes the tree, which only a plan that is not yet compiled needs; `shape`, `values` and
        `targets` as in a Question.
    """

    condition: Callable[[], Node | None]
    shape: Any
    values: Values
    targets: frozenset[str]


def _nothing() -> None:
    return None


NOTHING = Asked(_nothing, None, (), frozenset())


def ask(condition: Node) -> Asked:
    """Describe a condition's tree."""
    targets = frozenset(hop.target for operand in operands_of(condition) for hop in operand.hops if hop.target)
    return Asked(lambda: condition, condition.shape, values_of(condition), targets)


class Form(msgspec.Struct, frozen=True):
    """How a set of parameters is read.

    Shapes: `parameters` with their positions among the pairs, in the order of their slots; `reserved` with theirs;
        `targets` are the resources whose rows the parameters lead through.
    """

    index: int
    parameters: tuple[tuple[Parameter, int], ...]
    reserved: tuple[tuple[str, int], ...]
    targets: frozenset[str]

    def read(self, texts: tuple[str, ...]) -> Asked:
        """Read the parameters' values."""
        read = [read_value(parameter, texts[position], parameter.name) for parameter, position in self.parameters]
        shape = ("FORM", self.index, *[len(values) for values in read])  # unlike any condition's own shape
        values = tuple([value for values in read for value in values])
        return Asked(lambda: self._condition(read), shape, values, self.targets)

    def special(self, texts: tuple[str, ...]) -> dict[str, str]:
        """Pick the texts of the reserved parameters."""
        return {name: texts[position] for name, position in self.reserved}

    def _condition(self, read: list[Values]) -> Node | None:
        pairs = zip(self.parameters, read, strict=True)
        return all_of([Comparison(parameter, (values,)) for (parameter, _), values in pairs])


def make_form(
    names: tuple[str, ...], parameters: Mapping[str, Parameter], reserved: frozenset[str], index: int
) -> Form | None:
    """Make the form of a set of parameters; None where one is repeated, decides the SQL itself, or is no plain one."""
    if len(set(names)) < len(names) or not _STRUCTURAL.isdisjoint(names):
        return None
    own = sorted((name, position) for position, name in enumerate(names) if name not in reserved)
    found = [(parameters.get(name), position) for name, position in own]
    plain = tuple([(p, position) for p, position in found if p is not None and not p.lookup.is_literal])
    if len(plain) < len(found):
        return None
    targets = frozenset(hop.target for p, _ in plain for hop in p.operand.hops if hop.target)
    taken = tuple([(name, position) for position, name in enumerate(names) if name in reserved])
    return Form(index, plain, taken, targets)

"""Turn what a resource declares in `filters` into its parameters, and one parameter's texts into a condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nuages.declare.spec import Operand, ResourceSpec
from nuages.errors import BadRequest, suggest
from nuages.parse.condition import Comparison, Junction, Negation, Node, Parameter, Values
from nuages.parse.lookups import ISNULL, lookups_of
from nuages.parse.quoting import cut, short

NEGATED = "!"  # ends the name of a parameter whose rows are left out: `price__gte!=10`

FIRST_PRESENCE = -1_000  # below it, indexes of parameters that only the filter language has


def parameters_of(operands: Iterable[Operand]) -> dict[str, Parameter]:
    """Name every parameter of some operands, with an index each."""
    pairs = [(operand, lookup) for operand in operands for lookup in lookups_of(operand)]
    found = {}
    for index, (operand, lookup) in enumerate(pairs):
        name = f"{operand.name}__{lookup.suffix}" if lookup.suffix else operand.name
        found[name] = Parameter(name, index, operand, lookup)
    return found


class ParameterReader:
    """Reads the parameters of one resource; built once, at start-up."""

    def __init__(self, spec: ResourceSpec, reserved: Iterable[str]) -> None:
        self.parameters: Mapping[str, Parameter] = parameters_of(spec.filters.values())
        self._names = [*reserved, *self.parameters]
        self._presences = {
            operand.name: Parameter(f"{operand.name}__isnull", FIRST_PRESENCE - index, operand, ISNULL)
            for index, operand in enumerate(spec.filters.values())
        }

    def present(self, name: str) -> Node | None:
        """Ask that an operand has a value; None where there is no operand of that name."""
        parameter = self._presences.get(name)
        return None if parameter is None else Comparison(parameter, ((False,),))

    def read(self, name: str, texts: list[str]) -> Node:
        """Read one parameter with the texts given for it: any of them.

        Raises: BadRequest that names the parameter, what was wrong and the nearest right name.
        """
        parameter = self.parameters.get(name)
        if parameter is not None:
            return self.compare(parameter, texts, name)
        plain = self.parameters.get(name.removesuffix(NEGATED))
        if plain is None:
            detail = f"There is no parameter {short(name)}. {suggest(name, self._names)}".strip()
            raise BadRequest.parameter(cut(name), "unknown-parameter", detail)
        return Negation(self.compare(plain, texts, name))

    def compare(self, parameter: Parameter, texts: list[str], name: str) -> Node:
        """Compare with any of the texts, each read as the parameter's lookup reads it."""
        if parameter.lookup.how == "isnull":
            return _presence(parameter, texts, name)
        return Comparison(parameter, tuple([read_value(parameter, text, name) for text in texts]))


def _presence(parameter: Parameter, texts: list[str], name: str) -> Node:
    """Absence is where presence does not hold: also where no related row is there at all."""
    if len(texts) > 1:
        raise BadRequest.parameter(name, "repeated-parameter", f"{name!r} is given {len(texts)} times.")
    (is_absent,) = read_value(parameter, texts[0], name)
    present = Comparison(parameter, ((False,),))
    return Negation(present) if is_absent else present


def read_value(parameter: Parameter, text: str, name: str) -> Values:
    """Read one text as the parameter's lookup reads it.

    Raises: BadRequest that names the parameter and what was wrong.
    """
    try:
        return tuple(parameter.lookup.read(parameter.operand, text))
    except ValueError as error:
        detail = f"{name}: {short(text)} {error}."
        raise BadRequest.parameter(name, "invalid-value", detail) from None


def all_of(children: list[Node]) -> Node | None:
    """Join conditions by AND; None where there is none."""
    if len(children) > 1:
        return Junction("AND", tuple(children))
    return children[0] if children else None

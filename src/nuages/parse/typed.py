"""Turn a JSON body into a value of an author's type, with everything that is wrong in it, each at its place.

The type is a msgspec.Struct, a dataclass, a TypedDict, or anything else that msgspec decodes. Knows no resource.
"""

from __future__ import annotations

from typing import Any

import msgspec

from nuages.errors import BadRequest, Unprocessable
from nuages.parse.json_body import read_json
from nuages.parse.messages import fault_of
from nuages.parse.structure import MAX_TOLD, Findings, kind_of_json, look_at, structure_of
from nuages.parse.types import member_names


class TypedReader:
    """Reads bodies of one type; built once, at start-up.

    Shapes: `names` are those of the members at its top.
    Raises: TypeError for a type that msgspec cannot decode.
    """

    def __init__(self, wanted: Any) -> None:
        self._decoder = msgspec.json.Decoder(wanted)
        self._structure = structure_of(wanted)
        self.names = member_names(wanted)

    def read(self, raw: bytes) -> Any:
        """Read a body.

        Members that the type does not have are faults, also where msgspec would pass over them.
        Raises: BadRequest for what is no JSON, or no object where it must be one; Unprocessable with every fault.
        """
        document = read_json(raw)
        self._demand_kind(document)
        try:
            value, error = self._decoder.decode(raw), None
        except msgspec.ValidationError as refused:
            value, error = None, refused
        found = Findings(decodes=error is not None)
        look_at(self._structure, document, "", found)
        if error is not None and not found.faults:
            found.faults.append(fault_of(error))  # what a type's own __post_init__ says, and what only msgspec knows
        if found.faults:
            raise _refusal(found)
        return value

    def _demand_kind(self, document: Any) -> None:
        """A body of another kind is not understood, rather than wrong."""
        takes = self._structure.takes
        if kind_of_json(document) not in takes and takes in ({"object"}, {"list"}):
            noun = "object" if "object" in takes else "list"
            raise BadRequest(f"The body must be a JSON {noun}.", code="invalid-document")


def _refusal(found: Findings) -> Unprocessable:
    faults = found.faults[:MAX_TOLD]
    detail = faults[0].detail if len(faults) == 1 else f"{len(found.faults)} places in the body are wrong."
    return Unprocessable(detail, faults=faults, code="invalid-document")

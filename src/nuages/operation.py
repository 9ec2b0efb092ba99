"""What a route leads to: one verb on one resource, or a function, with everything built in advance. Data only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from nuages.cache.keeper import Keeper
from nuages.declare.aging import Header
from nuages.declare.spec import ActionSpec, FileLimits, Filling, ResourceSpec, Writable
from nuages.http.request import Request
from nuages.http.response import Response
from nuages.identify.chain import Identifier
from nuages.identify.principal import Principal
from nuages.limit.throttle import Throttle
from nuages.parse.arguments import ArgumentReader
from nuages.parse.documents import DocumentReader
from nuages.parse.key import KeyReader
from nuages.parse.multipart import FORM_DATA
from nuages.parse.question import QuestionReader
from nuages.parse.signatures import Signature
from nuages.parse.typed import TypedReader
from nuages.permit.access import Gate
from nuages.permit.audiences import Audiences
from nuages.permit.rules import Rule
from nuages.respond.links import Linker


@dataclass(frozen=True, slots=True)
class Operation:
    """A read of a resource.

    Shapes: `gate` is the resource's own; `gates` those of every resource of the API that is not open, by name, for
        what is shown inside it and for filters that lead to them; `audiences` what those have instead who do not see
        every member, None where everybody does; `throttle` how often it may be asked, None for any often; `keeper`
        keeps its answers, None for none; `export` reads the whole of a list for a file, and `live` is the list as it is
        watched, None where that is not offered; `aging` are the headers that tell of its end, here and in what else may
        be asked for.
    """

    kind: Literal["list", "detail", "export", "live"]
    spec: ResourceSpec
    gate: Gate
    gates: Mapping[str, Gate]
    questions: QuestionReader
    linker: Linker
    read_key: KeyReader
    identify: Identifier
    audiences: Audiences[View] | None = None
    throttle: Throttle | None = None
    aging: tuple[Header, ...] = ()
    keeper: Keeper | None = None
    export: Operation | None = None
    live: Operation | None = None


WriteKind: TypeAlias = Literal["create", "replace", "merge", "delete", "merge-many", "delete-many"]


@dataclass(frozen=True, slots=True)
class Write:
    """A change of a resource.

    Shapes: `rule` is that of the change, `rules` those of every resource by the change's name; `gates` are as an
        Operation's, for the rows that may be seen or pointed at; `detail` reads a member back; `direct` are the columns
        of a new row that one statement may make; `types` are those of the body, none where there is no body; `files`
        are the limits of those that it may bring, by name.
    """

    kind: WriteKind
    spec: ResourceSpec
    rule: Rule
    gates: Mapping[str, Gate]
    documents: DocumentReader
    detail: Operation
    rules: Mapping[str, Mapping[str, Rule]]
    types: tuple[str, ...]
    files: Mapping[str, FileLimits]
    direct: tuple[Filling, ...] | None = None
    audiences: Audiences[View] | None = None
    throttle: Throttle | None = None
    aging: tuple[Header, ...] = ()

    @property
    def identify(self) -> Identifier:
        """Who may ask is found as for reading."""
        return self.detail.identify


View: TypeAlias = "Mapping[str, Operation | Write]"
"""What one audience has instead of a resource's operations, by their kind."""
Seen = TypeVar("Seen", Operation, Write)


def seen_by(operation: Seen, principal: Principal) -> Seen:
    """The same operation, as far as a principal sees the members of its resource."""
    view = operation.audiences.of(principal) if operation.audiences is not None else None
    return operation if view is None else view[operation.kind]  # type: ignore[return-value]  # a kind has one class


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function behind a URL.

    Shapes: `answer` takes the request, who asks, and the arguments of the path; it `negotiates` where it looks itself
        at what the client accepts, and has already.
    """

    answer: Callable[[Request, Principal, tuple[str, ...]], Response]
    identify: Identifier
    throttle: Throttle | None = None
    aging: tuple[Header, ...] = ()
    negotiates: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """An extra verb on a resource or a member.

    Shapes: `gates` and `detail` are as a Write's; `body` is None where the function takes none; `parts` are those that
        a client names in the body, to be blamed where a constraint stands against their values; `job` asks a worker to
        run it, None where the request does.
    """

    spec: ResourceSpec
    action: ActionSpec
    signature: Signature
    rule: Rule
    gates: Mapping[str, Gate]
    detail: Operation
    body: TypedReader | None
    arguments: ArgumentReader
    parts: tuple[Writable, ...]
    throttle: Throttle | None = None
    aging: tuple[Header, ...] = ()
    job: Callable[..., Response] | None = None

    @property
    def identify(self) -> Identifier:
        """Who may ask is found as for reading."""
        return self.detail.identify


JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
_TYPES: Mapping[WriteKind, tuple[str, ...]] = {
    "create": (JSON,),
    "replace": (JSON,),
    "merge": (MERGE_PATCH, JSON_PATCH, JSON),
    "merge-many": (JSON,),
    "delete": (),
    "delete-many": (),
}


def types_of(kind: WriteKind, *, has_files: bool) -> tuple[str, ...]:
    """The types that a change's body may have."""
    return (*_TYPES[kind], FORM_DATA) if has_files and kind in {"create", "replace", "merge"} else _TYPES[kind]

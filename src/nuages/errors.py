"""Name every failure that a client or an author can meet: code, status, message, hint.

Ground floor: it knows no Django, no request and no SQL. What a failure looks like on the wire is `respond.problem`'s;
whoever raises one knows the place and the nearest right name, and says them here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

TITLES = {
    400: "Bad request",
    401: "Not identified",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    411: "Length required",
    412: "Precondition failed",
    413: "Content too large",
    415: "Unsupported media type",
    422: "Unprocessable",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "Unavailable",
}
REFUSALS = range(400, 600)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a request.

    Shapes: `pointer` is a JSON pointer into the body (RFC 6901) or `?name` for a query parameter.
    """

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    """A failure with an HTTP answer of its own.

    Shapes: `status` from 400 to 599, `code` a stable word, `detail` a sentence that holds no secret and no SQL,
        `faults` the places in the request, `headers` further response headers, `extension` further members of the
        document (RFC 9457 section 3.2).
    Source: RFC 9457 (problem details).
    """

    status = 500
    code = "internal-error"
    extension: Mapping[str, object] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        """Refuse a class that would answer a failure as a success.

        Raises: TypeError.
        """
        super().__init_subclass__()
        if cls.status not in REFUSALS:
            raise TypeError(f"{cls.__qualname__}.status is {cls.status!r}; a problem's is from 400 to 599.")

    def __init__(
        self, detail: str, *, faults: Iterable[Fault] = (), headers: Iterable[tuple[str, str]] = (), code: str = ""
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = tuple(headers)
        self.code = code or type(self).code

    def at(self, pointer: str) -> Problem:
        """The same problem, of a document that stands at `pointer` inside another one."""
        faults = [Fault(pointer + fault.pointer, fault.code, fault.detail) for fault in self.faults]
        placed = type(self).__new__(type(self))  # an author's class may want other arguments than this one
        placed.__dict__.update(self.__dict__)
        placed.args, placed.faults = self.args, tuple(faults or [Fault(pointer, self.code, self.detail)])
        return placed


class BadRequest(Problem):
    """The request cannot be understood (RFC 9110 section 15.5.1)."""

    status = 400
    code = "bad-request"

    @classmethod
    def parameter(cls, name: str, code: str, detail: str) -> BadRequest:
        """Blame one query parameter."""
        return cls(detail, faults=[Fault(f"?{name}", code, detail)], code=code)


class NotIdentified(Problem):
    """Nobody is asking yet, and the rule wants somebody (RFC 9110 section 15.5.2)."""

    status = 401
    code = "not-identified"


class NotAllowed(Problem):
    """The principal is known and the rule says no (RFC 9110 section 15.5.4)."""

    status = 403
    code = "not-allowed"


class NotFound(Problem):
    """Nothing here, or nothing that this principal may see (RFC 9110 section 15.5.5)."""

    status = 404
    code = "not-found"


class MethodNotAllowed(Problem):
    """The resource exists and does not answer this method (RFC 9110 section 15.5.6)."""

    status = 405
    code = "method-not-allowed"


class NotAcceptable(Problem):
    """No representation of the kinds that the client accepts (RFC 9110 section 15.5.7)."""

    status = 406
    code = "not-acceptable"


class Conflict(Problem):
    """The request is right, and what is stored stands against it (RFC 9110 section 15.5.10)."""

    status = 409
    code = "conflict"


class LengthRequired(Problem):
    """A body without `Content-Length`, on a server that finds no other end of it (RFC 9110 section 15.5.12)."""

    status = 411
    code = "length-required"


class PreconditionFailed(Problem):
    """The client's idea of the member is not what is stored (RFC 9110 section 15.5.13)."""

    status = 412
    code = "precondition-failed"


class ContentTooLarge(Problem):
    """The body is longer than is read here (RFC 9110 section 15.5.14)."""

    status = 413
    code = "content-too-large"


class UnsupportedMediaType(Problem):
    """The body is of a type, or coded in a way, that is not read here (RFC 9110 section 15.5.16)."""

    status = 415
    code = "unsupported-media-type"


class Unprocessable(Problem):
    """The body is understood and holds what cannot be (RFC 9110 section 15.5.21)."""

    status = 422
    code = "unprocessable"


class PreconditionRequired(Problem):
    """A change without `If-Match`, where the resource demands one (RFC 6585 section 3)."""

    status = 428
    code = "precondition-required"


class TooManyRequests(Problem):
    """This client has asked too often; `Retry-After` says when it may again (RFC 6585 section 4)."""

    status = 429
    code = "too-many-requests"


class Unavailable(Problem):
    """The database is away or out of time; the same request may succeed later (RFC 9110 section 15.6.4)."""

    status = 503
    code = "unavailable"


class BrokenOff(Exception):
    """A body that was being made while it was sent has no end: what was sent of it must not look whole.

    Shapes: `problem` would have been the answer, had nothing been sent yet.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


PROBLEMS: tuple[type[Problem], ...] = (
    Problem,
    BadRequest,
    NotIdentified,
    NotAllowed,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    Conflict,
    LengthRequired,
    PreconditionFailed,
    ContentTooLarge,
    UnsupportedMediaType,
    Unprocessable,
    PreconditionRequired,
    TooManyRequests,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class Misdeclared:
    """One thing wrong in what an author wrote.

    Shapes: `id` as Django's checks spell it ("nuages.E002"), `place` file:line and class, `message` a sentence,
        `hint` the next step with the nearest right name.
    """

    id: str
    place: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"\n    HINT: {self.hint}" if self.hint else ""
        return f"({self.id}) {self.place}: {self.message}{hint}"


class DeclarationError(Exception):
    """What was declared cannot be served; raised when an API is built, never for a request."""

    def __init__(self, mistakes: Iterable[Misdeclared]) -> None:
        self.mistakes = tuple(mistakes)
        lines = "\n".join(f"  {mistake}" for mistake in self.mistakes)
        super().__init__(f"The API cannot start:\n{lines}")


MAX_LISTED_NAMES = 30


def suggest(word: str, choices: Iterable[str]) -> str:
    """Say the nearest right name, and all of them when they are few.

    Shapes: `suggest("prise", ["price"])` is `"Did you mean 'price'?"`.
    """
    known = sorted(set(choices))
    near = difflib.get_close_matches(word[:80], known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    if not known:
        return ""
    return f"Known names: {', '.join(known)}." if len(known) <= MAX_LISTED_NAMES else ""

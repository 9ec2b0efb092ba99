"""What an author writes: Resource, field, nested, value, file. Nothing is looked up here; `declare.build` does that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.db.models import Q, QuerySet

from nuages.declare.chosen import OneMember, Page
from nuages.errors import DeclarationError, Misdeclared

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Shaded:
    """A model field that not everybody sees, as `field(...)` declares it."""

    name: str
    visible: Any


@dataclass(frozen=True, slots=True)
class Nested:
    """A relation shown inside a representation, as `nested(...)` declares it."""

    path: str
    members: tuple[Member, ...]
    order: str
    limit: int | None
    filter: Q | None
    resource: type[Resource] | None
    optional: bool
    owned: bool = False
    visible: Any = None


@dataclass(frozen=True, slots=True)
class Value:
    """A computed part of a representation, as `value(...)` declares it."""

    name: str
    expression: Any
    python: Callable[[dict[str, Any]], Any] | None
    needs: tuple[str, ...]
    visible: Any = None


@dataclass(frozen=True, slots=True)
class Verb:
    """An extra verb on a resource or a member, as `@Books.action(...)` declares it."""

    function: Callable[..., Any]
    method: str
    detail: bool
    rule: Any
    name: str
    job: Any = None


Member = str | Shaded | Nested | Value


def field(name: str, *, visible: Any = None) -> Shaded:
    """Show a model's field, to those whom a rule lets see it; to all others it does not exist.

    Shapes: `field("cost", visible=staff)`. The rule answers yes or no, never a Q.
    """
    return Shaded(name, visible)


MAX_FILE_BYTES = 10 << 20  # what a telephone's photograph has, and most documents
MAX_PIXELS = 50_000_000  # a telephone's 48 megapixels; decoded they take 200 MB


@dataclass(frozen=True, slots=True)
class File:
    """A file field that a client may send, as `file(...)` declares it."""

    name: str
    max_bytes: Any
    types: Any
    max_pixels: Any
    keep: bool


def nested(
    path: str,
    *members: Member,
    order: str = "",
    limit: int | None = None,
    filter: Q | None = None,  # noqa: A002  # Django's own word
    resource: type[Resource] | None = None,
    optional: bool = False,
    owned: bool = False,
    visible: Any = None,
) -> Nested:
    """Show a relation inside the representation: an object for to-one, a list for to-many.

    Shapes: `nested("author", "id", "name")`, `nested("reviews", "id", order="-id", limit=10, filter=Q(stars__gte=3))`;
        members may themselves be nested. The rule of the model's resource applies inside; `resource` picks one
        where several resources show the same model. An optional one is shown only where `include=` names it. The rows
        of an owned one are part of the document: where `writable` names it, they are written with their parent.
        `visible` is as for `field`.
    Units: `limit` counts rows per parent; None shows all of them.
    """
    return Nested(path, members, order, limit, filter, resource, optional, owned, visible)


def value(
    name: str,
    expression: Any = None,
    *,
    python: Callable[[dict[str, Any]], Any] | None = None,
    needs: Sequence[str] = (),
    visible: Any = None,
) -> Value:
    """Show a computed value: any Django expression, or a Python function of the finished row.

    Shapes: `value("review_count", Count("reviews"))`; `value("cover", python=cover_url, needs=["isbn"])`, where the
        function gets the row as a dict of JSON values (its fields and what it `needs`) and returns a JSON value.
        `visible` is as for `field`; what a value is computed from may be hidden and the value still be shown.
    """
    return Value(name, expression, python, tuple(needs), visible)


def file(
    name: str,
    *,
    max_bytes: int = MAX_FILE_BYTES,
    types: Sequence[str] = (),
    max_pixels: int = MAX_PIXELS,
    keep: bool = False,
) -> File:
    """Let a client send a file, in `writable`; the name alone is a file with these bounds.

    Shapes: `file("cover", max_bytes=5_000_000, types=["image/png", "image/jpeg"])`; `types` are media types, any where
        empty, for an ImageField PNG, JPEG, GIF and WebP. With `keep` a file that is replaced, or whose row is deleted,
        stays in the storage.
    Units: `max_bytes` of one file; `max_pixels` of one image, width times height.
    """
    return File(name, max_bytes, types, max_pixels, keep)


class Resource:
    """A collection behind a URL, backed by a model; its members are addressed by key.

    Shapes: class attributes, as in a ModelAdmin. `rules` is the one that must be there:

        fields      names of model fields, field(...), nested(...) and value(...), in the order in which they are shown
        rules       {"read": rule, "create": ..., "update": ..., "delete": ..., "write": all three}
        filters     names and relation paths that may be filtered by; values and keys of JSON fields too
        ordering    names and values that `order=` may name
        order       the order when none is asked for: "-published,id"; the key where empty
        search      names of text that `search=` looks into;  search_with  "words", "fulltext" or "trigram"
        groups      names that `group=` may name, parts of dates too: "published__year"
        measures    names that `aggregate=` may name: "price" for avg(price), max(price)
        key         the unique field in the URL; the primary key where empty
        limit       members a page when none is asked for;  max_limit  the most that may be asked for
        paging      any of "cursor", "offset" and "page"; the first makes the links;  max_offset  the furthest
        exports     "csv" and "ndjson", where the list may be had whole in them;  max_export  the most rows of that
        guard_csv   whether texts are written so that no spreadsheet takes one for a formula
        last_modified  the field that says when a member last changed, for the header of that name
        path        the URL's segment; from the class name where empty
        writable    names that a client may send: fields, references by their key, and file(...)
        max_bulk    members that one request may create, change or delete; 0: one at a time
        requires_match  whether a change or a deletion must say by If-Match which state it means
        authenticate  ways of proving who one is, where they are not the API's
        throttle    how often: "600/min", a Limit, several of them, or a dict of such by the names that `rules` has
        deprecated  True, a date or a moment: told in the header Deprecation;  sunset, successor  when, and what instead
        live        whether the list may be watched: its URL also answers text/event-stream, with what changes in it
        cache       seconds for which answers may be kept, a Cache, or a dict of such for "list" and "detail"
    """

    fields: ClassVar[Sequence[Member]] = ()
    rules: ClassVar[Mapping[str, Any]] = {}
    filters: ClassVar[Sequence[str]] = ()
    ordering: ClassVar[Sequence[str]] = ()
    order: ClassVar[str] = ""
    key: ClassVar[str] = ""
    limit: ClassVar[int] = 50
    max_limit: ClassVar[int] = 200
    path: ClassVar[str] = ""
    writable: ClassVar[Sequence[str | File]] = ()
    requires_match: ClassVar[bool] = False
    max_bulk: ClassVar[int] = 0
    search: ClassVar[Sequence[str]] = ()
    search_with: ClassVar[str] = "words"
    search_language: ClassVar[str] = "simple"
    groups: ClassVar[Sequence[str]] = ()
    measures: ClassVar[Sequence[str]] = ()
    paging: ClassVar[Sequence[str]] = ("cursor",)
    max_offset: ClassVar[int] = 10_000
    exports: ClassVar[Sequence[str]] = ()
    max_export: ClassVar[int] = 100_000
    guard_csv: ClassVar[bool] = True
    last_modified: ClassVar[str] = ""
    authenticate: ClassVar[Sequence[Any] | None] = None
    throttle: ClassVar[Any] = None
    cache: ClassVar[Any] = None
    deprecated: ClassVar[Any] = None
    sunset: ClassVar[Any] = None
    successor: ClassVar[Any] = None
    live: ClassVar[bool] = False

    _verbs: ClassVar[tuple[Verb, ...]] = ()
    _is_served: ClassVar[bool] = False
    changes: Any = None  # what the four methods below do unless overridden; set when the API is built

    @classmethod
    def action(
        cls, *, method: str = "POST", detail: bool = True, rule: Any = None, name: str = "", job: Any = None
    ) -> Callable[[Function], Function]:
        """Offer the function below as an extra verb, `POST /books/{id}/publish`, or of the resource itself.

        Shapes: `@Books.action(rule=staff)` above `def publish(row: Book, data: Notice, principal: Principal) -> Book`.
            Parameters are told apart by their annotations: the locked member comes first, then a body (a Struct,
            dataclass or TypedDict), the Principal, and with `method="GET"` simple values of the query. Without `rule`
            it is `rules["publish"]` that counts; `name` is the URL's segment, from the function's name where empty;
            with `detail=False` it is `POST /books/publish`, and there is no row. With `job=True`, or a Job with the
            terms, a worker runs it after the client has its answer.
        Raises: DeclarationError once the resource is served: what comes later would never be.
        """

        def register(function: Function) -> Function:
            if vars(cls).get("_is_served"):  # a class that inherits from a served one is not
                message = f"the action {getattr(function, '__name__', '?')!r} comes after the API was built."
                hint = "Declare it in the module of its resource, or import its module there."
                raise DeclarationError([Misdeclared("nuages.E031", cls.__qualname__, message, hint)])
            cls._verbs = (*vars(cls).get("_verbs", ()), Verb(function, method, detail, rule, name, job))
            return function

        return register

    @classmethod
    def page(cls, queryset: QuerySet[Any]) -> Page:
        """Answer with the list of this resource, of those rows alone that a queryset has.

        Shapes: `return Books.page(Book.objects.filter(author__country=country))` in an endpoint. It is a list in every
            way: one statement, pages, filters, `fields=`, and the rules; the queryset's order counts when the client
            asks for none.
        """
        return Page(cls, queryset)

    @classmethod
    def member(cls, of: Any) -> OneMember:
        """Answer with one member of this resource, as it is shown under its own URL: an instance's, or a queryset's."""
        return OneMember(cls, of)

    def create(self, values: dict[str, Any], principal: Any) -> Any:  # noqa: ARG002  # for authors to use
        """Make a row of what a client sent, and give it; inside the transaction of the request.

        Shapes: `values` are checked, by name; references are keys. Names of further attributes may be added:
            `return super().create({**values, "user": principal.user}, principal)`.
        """
        return self.changes.create(values)

    def replace(self, row: Any, values: dict[str, Any], principal: Any) -> None:  # noqa: ARG002
        """Give a locked row a whole new representation."""
        self.changes.replace(row, values)

    def merge(self, row: Any, values: dict[str, Any], principal: Any) -> None:  # noqa: ARG002
        """Change a locked row where a client named something; null clears."""
        self.changes.merge(row, values)

    def delete(self, row: Any, principal: Any) -> None:  # noqa: ARG002
        """Delete a locked row."""
        self.changes.delete(row)

    def queryset(self, principal: Any) -> QuerySet[Any] | None:  # noqa: ARG002  # for authors to use
        """Narrow the rows that exist for this resource, at every depth at which its model is shown.

        Shapes: return a QuerySet of the resource's model, or None for the model's default manager. Filters are what it
            is for; slices, joins to many and unions are honoured through a subselect.
        """
        return None

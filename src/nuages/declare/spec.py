"""The checked, frozen specification of what is served: plain data between `declare` and other rooms, no behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q


@dataclass(frozen=True, slots=True)
class Column:
    """A model field shown under a name; `lookup` is its name in the ORM.

    Shapes: `after` turns the database's JSON value into the shown one, where Python is needed. `visible` is the rule of
        who sees it, here and in the other parts of a representation; None where everybody does.
    """

    name: str
    attname: str
    lookup: str
    field: Any
    kind: str
    after: Callable[[Any], Any] | None = None
    visible: Any = None


@dataclass(frozen=True, slots=True)
class Link:
    """How a child row belongs to its parent: the child's lookup equals the parent's column.

    Shapes: `is_forward` where that column is the foreign key.
    """

    lookup: str
    attname: str
    field: Any
    is_forward: bool = False


@dataclass(frozen=True, slots=True)
class ChildAggregate:
    """An aggregate of one column over the rows of one relation, seen from those rows.

    Shapes: `link` says how the rows of `model` belong to their parent; `column` is the aggregated one where it is their
        own and all of them count; `empty` what no rows give.
    """

    model: type[Model]
    link: Link
    expression: Any
    column: Any | None
    empty: Any


@dataclass(frozen=True, slots=True)
class Computed:
    """An expression shown under a name. `is_aggregate` and `is_window` decide where it may be evaluated.

    Shapes: `children` is the same value where only the rows of one relation are read for it.
    """

    name: str
    expression: Any
    field: Any
    kind: str
    is_aggregate: bool
    is_window: bool
    children: ChildAggregate | None = None
    visible: Any = None


@dataclass(frozen=True, slots=True)
class PythonValue:
    """A value made by a Python function of the finished row; `needs` are columns fetched for it and not shown."""

    name: str
    function: Callable[[dict[str, Any]], Any]
    needs: tuple[Column, ...]
    visible: Any = None


@dataclass(frozen=True, slots=True)
class ColumnOrder:
    """One term of a nested order: a column and its direction; `nullable` when it may be absent."""

    attname: str
    descending: bool
    nullable: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation shown under a name.

    Shapes: `constants` are lookups with fixed values (a generic relation's content type); `order` ends in the key;
        `target` is the resource whose rule applies inside, by name; `optional` when only `include=` brings it; `owned`
        when its rows are part of their parent's document.
    """

    name: str
    many: bool
    model: type[Model]
    links: tuple[Link, ...]
    constants: tuple[tuple[str, Any], ...]
    representation: Representation
    order: tuple[ColumnOrder, ...]
    limit: int | None
    filter: Q | None
    target: str | None
    optional: bool = False
    owned: bool = False
    visible: Any = None


Shown = Column | Computed | PythonValue | Relation


@dataclass(frozen=True, slots=True)
class Representation:
    """What a client sees of a row.

    Shapes: `source` is what a narrowed one is made from, where a Python value may read all of it; else it is empty.
    """

    model: type[Model]
    shown: tuple[Shown, ...]
    source: tuple[Shown, ...] = ()

    @property
    def fetched(self) -> tuple[Shown, ...]:
        """Every part that the statement brings."""
        return self.source or self.shown


@dataclass(frozen=True, slots=True)
class Hop:
    """One relation on a filter's path; `target` names the resource whose rule applies to the row it leads to.

    Shapes: `may_join` when a row leads to one at most, and Django can write the join.
    """

    name: str
    many: bool
    may_join: bool
    model: type[Model]
    links: tuple[Link, ...]
    constants: tuple[tuple[str, Any], ...]
    target: str | None


@dataclass(frozen=True, slots=True)
class Operand:
    """What may be filtered or ordered by: a column reached over hops, or a computed value.

    Shapes: `name` as the URL spells it ("author__country"); `column` is the last field's column and `lookup` its name
        in the ORM ("author_id", "author__id"); `computed` is set for values; `nullable` when the value may be absent;
        `keys` lead into a JSON column; `part` is that of a date ("year") where rows are grouped by it.
    """

    name: str
    kind: str
    field: Any
    hops: tuple[Hop, ...] = ()
    column: str = ""
    lookup: str = ""
    computed: Computed | None = None
    nullable: bool = False
    keys: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One operand of an order, with its direction, and where its absent values stand."""

    operand: Operand
    descending: bool
    nulls_first: bool

    def reversed(self) -> OrderTerm:
        """The same term, walked backwards."""
        return OrderTerm(self.operand, not self.descending, not self.nulls_first)


@dataclass(frozen=True, slots=True)
class Writable:
    """A name that a client may send.

    Shapes: `attname` is the attribute that takes the value; `field` decides how it is read and checked, for a reference
        the column that it points to; `target` is the model of a reference, `resource` the one whose rule says which of
        its rows may be pointed at; `many` for a list of references; `shown_key` names the key in the objects as which
        they are shown, empty where they are not, or without it. `limits` say which files are taken. `is_optional` when
        a new row does without it, and `has_default` when there is a value that the author gave for that.
    """

    name: str
    attname: str
    field: Any
    kind: str
    nullable: bool
    is_optional: bool
    has_default: bool
    own: Any
    target: type[Model] | None = None
    resource: str | None = None
    many: bool = False
    children: Owned | None = None
    shown_key: str = ""
    limits: FileLimits | None = None


@dataclass(frozen=True, slots=True)
class FileLimits:
    """Which files a field takes.

    Shapes: `extensions` has what the name of a file of each type may end in, the usual one first, `()` where nothing is
        known of that type, and is empty where any type will do; `formats` are Pillow's names of an image's formats,
        none for what is no image; `keeps` where a file outlives its row; `max_count` files may have one name.
    Units: `max_bytes` of one file, `max_pixels` of one image.
    """

    max_bytes: int
    extensions: Mapping[str, tuple[str, ...]]
    formats: tuple[str, ...]
    max_pixels: int
    keeps: bool
    max_count: int = 1


@dataclass(frozen=True, slots=True)
class Owned:
    """Rows that are part of their parent's document.

    Shapes: `link` is how they belong to it; `key` the name of their key in the document; `parts` what may be
        written of each, `shown` all that is seen; `resource` the one whose rules say who may write them; `hidden` are
        names left out.
    """

    model: type[Model]
    link: Link
    key: str
    key_field: Any
    parts: tuple[Writable, ...]
    shown: tuple[str, ...]
    resource: str | None
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filling:
    """A column of a new row; `name` is what a client calls it, empty where it cannot be sent."""

    field: Any
    name: str


@dataclass(frozen=True, slots=True)
class Search:
    """What `search=` looks into, and how: by "words", or by PostgreSQL's "fulltext" or "trigram"."""

    operands: tuple[Operand, ...]
    how: str
    language: str


@dataclass(frozen=True, slots=True)
class Paging:
    """How a resource may be paged.

    Shapes: `kinds` of "cursor", "offset", "page"; the first is what links use. Units: all in members.
    """

    kinds: tuple[str, ...]
    limit: int
    max_limit: int
    max_offset: int


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """How a list may be had whole, as a file.

    Shapes: `formats` of "csv" and "ndjson", none where it may not; `guards_csv` where a spreadsheet must take no text
        for a formula.
    Units: `max_rows` in members, or groups.
    """

    formats: tuple[str, ...]
    max_rows: int
    guards_csv: bool


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An extra verb on a resource, or where `is_detail` on a member.

    Shapes: `name` is the function's, by which `rules` knows it, `segment` the URL's; `rule` what the author gave, None
        where he gave none; `job` is what he said of it as a job, None where the request runs it.
    """

    name: str
    segment: str
    method: str
    is_detail: bool
    rule: Any
    function: Callable[..., Any]
    place: str
    job: Any = None


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """A resource, checked: every name resolved, everything known at start-up computed.

    Shapes: `name` is unique in its API and is the URL's segment; `key` the columns in the URL; `pk` those of the
        primary key, the last terms of every order; `declared` the author's instance, for its `queryset` hook;
        `requires_match` when no member is changed without `If-Match`; `max_bulk` members may be written at once.
        `plan_name` names its plans and cursors: one that is narrowed to what some may see has others. `hidden` are the
        names that this leaves out, to be left out of what others say as well. `is_live` when its list may be watched.
    """

    name: str
    model: type[Model]
    declared: Any
    key: tuple[Column, ...]
    pk: tuple[Column, ...]
    representation: Representation
    filters: Mapping[str, Operand]
    ordering: Mapping[str, Operand]
    order: tuple[OrderTerm, ...]
    search: Search
    groups: Mapping[str, Operand]
    measures: Mapping[str, Operand]
    paging: Paging
    last_modified: Column | None
    rules: Mapping[str, Any]
    writable: tuple[Writable, ...]
    requires_match: bool
    max_bulk: int
    place: str
    plan_name: str
    hidden: frozenset[str] = frozenset()
    actions: tuple[ActionSpec, ...] = ()
    export: ExportSpec = ExportSpec((), 0, guards_csv=True)
    is_live: bool = False

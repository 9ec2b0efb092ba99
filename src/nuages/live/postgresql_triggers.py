"""Write the triggers of PostgreSQL that log each change of a row, and say which are there.

One function serves all tables. What it is told about a table, it is told by its trigger: the table's name as the model
has it, the shape that the table had when the trigger was made, and columns whose values JSON does not keep.

It runs as who made it, so that whoever may write the table need not be allowed to write the log. It comes first of the
triggers of a row, so that what another one changes of the same row is logged after it.
Source: postgresql.org/docs/current/plpgsql-trigger.html; sql-createfunction.html, "Writing SECURITY DEFINER Functions
Safely"; trigger-definition.html: triggers fire in the order of their names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from nuages.cache.tables import known_tables
from nuages.live.tables import LOG, literal, quote

CHANNEL = "nuages_live"
FUNCTION = "nuages_live_log"
ROW_TRIGGER = "0_nuages_live"
TRUNCATE_TRIGGER = "0_nuages_live_truncate"

# Rows are compared as they are stored, so that a type needs no equality and 1.0 differs from 1.00. A session may have
# floats or intervals written inexactly; then the row is turned into JSON by a function with settings of its own.
# Of JSON, null in a column is NULL as well: which it was is asked of the row and noted under a name that no column has.
_BODY = """
DECLARE
  is_plain boolean := current_setting('extra_float_digits') IN ('1', '2', '3')
    AND current_setting('intervalstyle') = 'postgres' AND current_setting('datestyle') LIKE 'ISO%';
  before jsonb;
  after jsonb;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD *= NEW THEN
      RETURN NULL;
    END IF;
  END IF;
  IF to_regclass({log}) IS NULL THEN
    RAISE WARNING 'nuages: a change of % is not logged: there is no table %', TG_ARGV[0], {log};
    RETURN NULL;
  END IF;
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    before := CASE WHEN is_plain THEN to_jsonb(OLD) ELSE {schema}.nuages_live_image(OLD) END;
    IF TG_NARGS > 2 THEN
      before := {schema}.nuages_live_exact(before, OLD, TG_ARGV[2:]);
    END IF;
  END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    after := CASE WHEN is_plain THEN to_jsonb(NEW) ELSE {schema}.nuages_live_image(NEW) END;
    IF TG_NARGS > 2 THEN
      after := {schema}.nuages_live_exact(after, NEW, TG_ARGV[2:]);
    END IF;
  END IF;
  INSERT INTO {schema}.nuages_change (xid, changed_table, op, old, new)
    VALUES (pg_current_xact_id(), TG_ARGV[0], lower(TG_OP), before, after);
  PERFORM pg_notify('nuages_live', '');
  RETURN NULL;
END
"""
_EXACT = """
DECLARE
  given text;
  name text;
  word text;
  nulls jsonb := '[]';
BEGIN
  FOREACH given IN ARRAY names LOOP
    name := substr(given, 2);
    CONTINUE WHEN NOT image ? name OR (given LIKE '?%' AND image -> name <> 'null');
    EXECUTE format('SELECT ($1).%I::text', name) INTO word USING line;
    IF given LIKE '=%' THEN
      image := image || jsonb_build_object(name, word);
    ELSIF word IS NOT NULL THEN
      nulls := nulls || to_jsonb(name);
    END IF;
  END LOOP;
  RETURN CASE WHEN nulls = '[]' THEN image ELSE image || jsonb_build_object({mark}, nulls) END;
END
"""
NULLS = "nuages json nulls"
"""Under which an image names the columns that have JSON's null, not NULL."""
_PATH = "SET search_path = pg_catalog, pg_temp"
_EXACTLY = "SET extra_float_digits = 1 SET intervalstyle = 'postgres' SET datestyle = 'ISO'"

_SHAPE = """
SELECT a.attname, a.attnum, t.typname, a.atttypmod,
       t.oid IN ('json'::regtype, 'jsonb'::regtype),
       t.oid >= 16384 AND EXISTS (SELECT FROM pg_cast WHERE castsource = t.oid
                                  AND casttarget IN ('json'::regtype, 'jsonb'::regtype))
FROM pg_attribute a
JOIN pg_type given ON given.oid = a.atttypid
JOIN pg_type t ON t.oid = COALESCE(NULLIF(given.typbasetype, 0), given.oid)
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_TRIGGERS = """
SELECT t.tgrelid::regclass::text, t.tgargs
FROM pg_trigger t
WHERE t.tgname = %s AND t.tgparentid = 0 AND t.tgenabled <> 'D' AND pg_table_is_visible(t.tgrelid)
  AND EXISTS (SELECT FROM pg_trigger also WHERE also.tgrelid = t.tgrelid AND also.tgname = %s)
"""
_LOG_SCHEMA = """
SELECT quote_ident(n.nspname) FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid
WHERE c.oid = to_regclass(%s)
"""
_RELATION = "SELECT oid::regclass::text, relkind IN ('r', 'p') FROM pg_class WHERE oid = to_regclass(%s)"
_BEGIN_AGAIN = "INSERT INTO {log} (xid, changed_table, op) VALUES (pg_current_xact_id(), {table}, 'truncate');"


def missing(connection: Any, cursor: Any, tables: Iterable[str]) -> tuple[list[str], list[str]]:  # noqa: ARG001
    """The tables whose triggers are not there or are old, and the statements that put all in order.

    Without a log all of them are missing, and nothing can be done.
    """
    schema = schema_of_log(cursor)
    if schema is None:
        return sorted(tables), []
    wanted, found = wanted_triggers(cursor, schema, tables), found_triggers(cursor)
    lacking = {relation: told for relation, told in wanted.items() if found.get(relation) != told}
    statements = [*functions(schema)] if lacking else []
    for relation, told in lacking.items():
        statements += making(schema, relation, told)
    for relation in found.keys() - wanted.keys():
        if found[relation][0] in known_tables():  # or it is another project's, in the same database
            statements += dropping(relation)
    return sorted(told[0] for told in lacking.values()), statements


def all_statements(connection: Any, cursor: Any, tables: Iterable[str]) -> Iterator[str]:  # noqa: ARG001
    """The statements that make every trigger, whatever is there; none without a log."""
    schema = schema_of_log(cursor)
    if schema is not None:
        yield from functions(schema)
        for relation, told in wanted_triggers(cursor, schema, tables).items():
            yield from making(schema, relation, told)


def dropping_all(cursor: Any) -> Iterator[str]:
    """The statements that take every trigger away."""
    for relation in found_triggers(cursor):
        yield from dropping(relation)


def schema_of_log(cursor: Any) -> str | None:
    """The schema of the log, quoted; None where there is no log."""
    cursor.execute(_LOG_SCHEMA, [LOG])
    line = cursor.fetchone()
    return None if line is None else str(line[0])


def functions(schema: str) -> tuple[str, ...]:
    """The statements that make the functions in the schema of the log."""
    head = f"CREATE OR REPLACE FUNCTION {schema}."
    body = _BODY.replace("{log}", literal(f"{schema}.{LOG}")).replace("{schema}", schema)
    exact = _EXACT.replace("{mark}", literal(NULLS))
    return (
        f"{head}nuages_live_image(line anyelement) RETURNS jsonb LANGUAGE sql STABLE"
        f" {_PATH} {_EXACTLY} AS $nuages$SELECT to_jsonb(line)$nuages$;",
        f"{head}nuages_live_exact(image jsonb, line anyelement, names text[]) RETURNS jsonb"
        f" LANGUAGE plpgsql STABLE {_PATH} {_EXACTLY} AS $nuages${exact}$nuages$;",
        f"{head}{FUNCTION}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {_PATH} AS $nuages${body}$nuages$;",
        f"REVOKE ALL ON FUNCTION {schema}.{FUNCTION}() FROM PUBLIC;",
    )


def found_triggers(cursor: Any) -> dict[str, tuple[str, ...]]:
    """What the triggers that are there are told, by their tables as PostgreSQL spells them."""
    cursor.execute(_TRIGGERS, [ROW_TRIGGER, TRUNCATE_TRIGGER])
    return {
        relation: tuple(bytes(arguments).decode(errors="replace").split("\0")[:-1])
        for relation, arguments in cursor.fetchall()
    }


def wanted_triggers(cursor: Any, schema: str, tables: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What the triggers of tables have to be told, by the tables as PostgreSQL spells them; of those that are there."""
    found = {}
    for table in tables:
        cursor.execute(_RELATION, [quote(table)])
        for relation, may_have in cursor.fetchall():
            found[relation] = _arguments(cursor, schema, table) if may_have else (table,)
    return found


def _arguments(cursor: Any, schema: str, table: str) -> tuple[str, ...]:
    cursor.execute(_SHAPE, [quote(table)])
    lines = cursor.fetchall()
    told = [("?" if is_json else "=") + name for name, _, _, _, is_json, is_odd in lines if is_json or is_odd]
    shape = hashlib.sha256(repr((lines, functions(schema))).encode()).hexdigest()[:16]
    return table, shape, *told


def making(schema: str, relation: str, arguments: tuple[str, ...]) -> Iterator[str]:
    """The statements that make the triggers of one table, and let everybody who follows it begin again.

    None for a view, which is told nothing but its name: it cannot have them.
    """
    if len(arguments) == 1:
        return
    told = ", ".join(map(literal, arguments))
    for name, when in (
        (ROW_TRIGGER, "INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW"),
        (TRUNCATE_TRIGGER, "TRUNCATE ON {} FOR EACH STATEMENT"),
    ):
        head = f"CREATE OR REPLACE TRIGGER {quote(name)} AFTER {when.format(relation)}"
        yield f"{head} EXECUTE FUNCTION {schema}.{FUNCTION}({told});"
    yield _BEGIN_AGAIN.format(log=f"{schema}.{LOG}", table=literal(arguments[0]))


def dropping(relation: str) -> Iterator[str]:
    """The statements that take the triggers of one table away."""
    for name in (ROW_TRIGGER, TRUNCATE_TRIGGER):
        yield f"DROP TRIGGER IF EXISTS {quote(name)} ON {relation};"

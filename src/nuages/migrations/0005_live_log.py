"""Make the log of changes that live lists are fed from; going back takes PostgreSQL's triggers away with it."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models.functions import Now

from nuages.models.live import Native

_FUNCTIONS = """
SELECT format('DROP FUNCTION %%s CASCADE', oid::regprocedure) FROM pg_proc
WHERE proname = 'nuages_live_log' AND pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = %s::regclass)
"""


def _drop_triggers(_: Any, editor: Any) -> None:
    """A trigger without a log would only warn; on SQLite they are dropped before any migration."""
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS, ["nuages_change"])
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("nuages", "0004_exchanged_tokens")]
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="LoggedChange",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("xid", Native(postgresql="xid8", elsewhere="bigint", null=True)),
                ("changed_table", models.TextField()),
                ("op", models.CharField(max_length=8)),
                ("old", Native(postgresql="jsonb", elsewhere="text", null=True)),
                ("new", Native(postgresql="jsonb", elsewhere="text", null=True)),
                ("at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "verbose_name": "logged change",
                "verbose_name_plural": "logged changes",
                "db_table": "nuages_change",
                "indexes": [
                    models.Index("xid", name="nuages_change_xid", condition=models.Q(("xid__isnull", False))),
                ],
            },
        ),
        migrations.CreateModel(
            name="LogMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at_s", models.FloatField()),
                ("place", models.TextField()),
                ("is_purged", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "mark of the log",
                "verbose_name_plural": "marks of the log",
                "db_table": "nuages_log_mark",
            },
        ),
        migrations.RunPython(migrations.RunPython.noop, _drop_triggers),
    ]

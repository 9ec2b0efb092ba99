"""The log of changes that live lists are fed from. Triggers write it, `nuages.live` reads it, no endpoint shows it.

It holds whole rows as they were before and after, whatever is secret in them too.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now


class Native(models.Field):  # type: ignore[type-arg]  # it takes no arguments when it runs
    """A column of a type that Django has no field for. Triggers fill it; Django's ORM does not read it.

    Shapes: `postgresql` is the type there, `elsewhere` that on any other database.
    """

    def __init__(self, *args: Any, postgresql: str, elsewhere: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.types = {"postgresql": postgresql, "elsewhere": elsewhere}

    def deconstruct(self) -> Any:
        """As migrations write it down."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **self.types}

    def db_type(self, connection: Any) -> str:
        """The type of the column on a database."""
        return self.types.get(connection.vendor, self.types["elsewhere"])


class LoggedChange(models.Model):
    """One change of one row, in the transaction that made it.

    Shapes: `seq` is in the order of the changes of each row; `xid` the transaction, on PostgreSQL; `old` and `new` the
        row before and after, on PostgreSQL, where SQLite has a table of rows beside each live table; `op` is "insert",
        "update", "delete", or "truncate" where all that is known of the table has to be read anew.
    """

    seq: models.BigAutoField[Any, Any] = models.BigAutoField(primary_key=True)
    xid = Native(postgresql="xid8", elsewhere="bigint", null=True)
    changed_table: models.TextField[Any, Any] = models.TextField()
    op: models.CharField[Any, Any] = models.CharField(max_length=8)
    old = Native(postgresql="jsonb", elsewhere="text", null=True)
    new = Native(postgresql="jsonb", elsewhere="text", null=True)
    at: models.DateTimeField[Any, Any] = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "nuages_change"
        verbose_name = "logged change"
        verbose_name_plural = "logged changes"
        indexes = [models.Index("xid", name="nuages_change_xid", condition=models.Q(xid__isnull=False))]

    def __str__(self) -> str:
        return f"{self.seq} {self.op} {self.changed_table}"


class LogMark(models.Model):
    """Up to where the log was at a moment, or up to where it was deleted.

    Shapes: `place` is a snapshot of PostgreSQL's, or a seq; `is_purged` for the one mark up to which all may be gone.
    Units: `at_s` in seconds since 1970.
    """

    at_s: models.FloatField[Any, Any] = models.FloatField()
    place: models.TextField[Any, Any] = models.TextField()
    is_purged: models.BooleanField[Any, Any] = models.BooleanField(default=False)

    class Meta:
        db_table = "nuages_log_mark"
        verbose_name = "mark of the log"
        verbose_name_plural = "marks of the log"

    def __str__(self) -> str:
        return f"{self.place}"

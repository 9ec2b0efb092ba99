"""Make the tables of jobs, of results that are files, and of how far schedules have been followed."""

import uuid
from typing import Any, ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[Any]] = [("nuages", "0005_live_log")]
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="JobSlot",
            fields=[
                ("name", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("last_slot_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "slot of a schedule",
                "verbose_name_plural": "slots of schedules",
                "db_table": "nuages_job_slot",
            },
        ),
        migrations.CreateModel(
            name="StoredJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255)),
                ("arguments", models.TextField(default="{}")),
                ("owner", models.CharField(blank=True, default="", max_length=255)),
                ("principal", models.TextField(default="{}")),
                ("queue", models.CharField(default="default", max_length=40)),
                ("priority", models.SmallIntegerField(default=0)),
                ("unique_key", models.CharField(max_length=255, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="queued",
                        max_length=9,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("max_attempts", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("run_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("keep_s", models.PositiveIntegerField(default=604800)),
                ("worker", models.CharField(blank=True, default="", max_length=80)),
                ("lease_until", models.DateTimeField(null=True)),
                ("handed_at", models.DateTimeField(null=True)),
                ("cancel_asked_at", models.DateTimeField(null=True)),
                ("progress_done", models.FloatField(null=True)),
                ("progress_total", models.FloatField(null=True)),
                ("progress_note", models.CharField(blank=True, default="", max_length=255)),
                ("result", models.TextField(null=True)),
                ("content_type", models.CharField(blank=True, default="", max_length=100)),
                ("filename", models.CharField(blank=True, default="", max_length=255)),
                ("size_bytes", models.PositiveBigIntegerField(null=True)),
                ("problem", models.TextField(null=True)),
                ("traceback", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "db_table": "nuages_job",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "queued")),
                        fields=["-priority", "run_at"],
                        name="nuages_job_due",
                    ),
                    models.Index(
                        condition=models.Q(("status", "running")), fields=["lease_until"], name="nuages_job_lease"
                    ),
                    models.Index(
                        condition=models.Q(("status", "failed")), fields=["finished_at"], name="nuages_job_failed"
                    ),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False)),
                        fields=["expires_at"],
                        name="nuages_job_expiry",
                    ),
                    models.Index(fields=["owner", "-created_at"], name="nuages_job_owner"),
                ],
                "constraints": [models.UniqueConstraint(fields=("name", "unique_key"), name="nuages_job_once")],
            },
        ),
        migrations.CreateModel(
            name="JobPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempt", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="nuages.storedjob"
                    ),
                ),
            ],
            options={
                "verbose_name": "piece of a result",
                "verbose_name_plural": "pieces of results",
                "db_table": "nuages_job_piece",
                "constraints": [
                    models.UniqueConstraint(fields=("job", "attempt", "number"), name="nuages_job_piece_once")
                ],
            },
        ),
    ]

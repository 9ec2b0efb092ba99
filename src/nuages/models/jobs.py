"""Jobs as they are stored: what was asked for, by whom, how far it is, what came of it. `nuages.jobs` reads and writes.

JSON is kept as text: for a JSONField Django asks SQLite what it can do before a server may start.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class StoredJob(models.Model):
    """A job, from when it was asked for until it expires; the row is the queue and the result in one.

    Shapes: `name` finds the function; `arguments` is a JSON object; `owner` is who may see it ("user:7",
        "client:abc"), empty for a job that no client asked for, and `principal` a JSON object that tells who asks, by
        ids and scopes and never by a secret; `status` is "queued", "running", "succeeded", "failed" or "canceled";
        `attempts` counts those that began; `worker` and `lease_until` belong to the attempt that runs, which a worker
        that lives renews; `handed_at` is when a transport has had it last, where there is one; `unique_key` is null as
        soon as another job may have it; `result` is JSON, or null where the result is `JobPiece`s of the type
        `content_type`; `problem` is what its owner is told, `traceback` what only the admin shows.
    Units: moments are of the database's clock.
    """

    class Status(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELED = "canceled"

    id: models.UUIDField[Any, Any] = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name: models.CharField[Any, Any] = models.CharField(max_length=255)
    arguments: models.TextField[Any, Any] = models.TextField(default="{}")
    owner: models.CharField[Any, Any] = models.CharField(max_length=255, default="", blank=True)
    principal: models.TextField[Any, Any] = models.TextField(default="{}")
    queue: models.CharField[Any, Any] = models.CharField(max_length=40, default="default")
    priority: models.SmallIntegerField[Any, Any] = models.SmallIntegerField(default=0)
    unique_key: models.CharField[Any, Any] = models.CharField(max_length=255, null=True)
    status: models.CharField[Any, Any] = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    attempts: models.PositiveSmallIntegerField[Any, Any] = models.PositiveSmallIntegerField(default=0)
    max_attempts: models.PositiveSmallIntegerField[Any, Any] = models.PositiveSmallIntegerField(default=1)
    created_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_default=Now())
    run_at: models.DateTimeField[Any, Any] = models.DateTimeField(db_default=Now())
    started_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    finished_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    expires_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    keep_s: models.PositiveIntegerField[Any, Any] = models.PositiveIntegerField(default=7 * 86_400)
    worker: models.CharField[Any, Any] = models.CharField(max_length=80, default="", blank=True)
    lease_until: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    handed_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    cancel_asked_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    progress_done: models.FloatField[Any, Any] = models.FloatField(null=True)
    progress_total: models.FloatField[Any, Any] = models.FloatField(null=True)
    progress_note: models.CharField[Any, Any] = models.CharField(max_length=255, default="", blank=True)
    result: models.TextField[Any, Any] = models.TextField(null=True)
    content_type: models.CharField[Any, Any] = models.CharField(max_length=100, default="", blank=True)
    filename: models.CharField[Any, Any] = models.CharField(max_length=255, default="", blank=True)
    size_bytes: models.PositiveBigIntegerField[Any, Any] = models.PositiveBigIntegerField(null=True)
    problem: models.TextField[Any, Any] = models.TextField(null=True)
    traceback: models.TextField[Any, Any] = models.TextField(default="", blank=True)

    class Meta:
        db_table = "nuages_job"
        verbose_name = "job"
        verbose_name_plural = "jobs"
        constraints = [models.UniqueConstraint(fields=["name", "unique_key"], name="nuages_job_once")]
        indexes = [
            # Due, by priority; whose lease is over; dead letters; what has expired; what is whose.
            models.Index(fields=["-priority", "run_at"], name="nuages_job_due", condition=Q(status="queued")),
            models.Index(fields=["lease_until"], name="nuages_job_lease", condition=Q(status="running")),
            models.Index(fields=["finished_at"], name="nuages_job_failed", condition=Q(status="failed")),
            models.Index(fields=["expires_at"], name="nuages_job_expiry", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["owner", "-created_at"], name="nuages_job_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.status}"


class JobPiece(models.Model):
    """A piece of a result that is a file, written by one attempt; those of an attempt that did not finish go with it.

    Shapes: `number` counts from 0.
    """

    job: models.ForeignKey[Any, Any] = models.ForeignKey(StoredJob, models.CASCADE, related_name="pieces")
    attempt: models.PositiveSmallIntegerField[Any, Any] = models.PositiveSmallIntegerField()
    number: models.PositiveIntegerField[Any, Any] = models.PositiveIntegerField()
    content: models.BinaryField[Any, Any] = models.BinaryField()

    class Meta:
        db_table = "nuages_job_piece"
        verbose_name = "piece of a result"
        verbose_name_plural = "pieces of results"
        constraints = [models.UniqueConstraint(fields=["job", "attempt", "number"], name="nuages_job_piece_once")]

    def __str__(self) -> str:
        return f"{self.number}"


class JobSlot(models.Model):
    """Up to when a schedule has been followed: of many schedulers the one that moves it on enqueues the job."""

    name: models.CharField[Any, Any] = models.CharField(max_length=255, primary_key=True)
    last_slot_at: models.DateTimeField[Any, Any] = models.DateTimeField()

    class Meta:
        db_table = "nuages_job_slot"
        verbose_name = "slot of a schedule"
        verbose_name_plural = "slots of schedules"

    def __str__(self) -> str:
        return f"{self.name} {self.last_slot_at}"

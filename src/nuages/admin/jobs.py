"""Show jobs in Django's admin: how far they are, why they failed; there they are queued again, canceled and deleted.

Nobody writes one by hand. What a job was given and what it gave may be personal: superusers alone see it.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from nuages.jobs.asking import ask_to_cancel, requeue
from nuages.models import StoredJob

_LONGEST_SHOWN = 20_000
_SECRET = re.compile(r"pass|secret|token|credential|authorization|cookie|signature|private|api_?key", re.IGNORECASE)
_HIDDEN = "(hidden)"
_GOING_ON = ("queued", "running")


@admin.register(StoredJob)
class StoredJobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Jobs: seen, queued again, canceled, deleted."""

    list_display = ("short_id", "status", "name", "owner", "tries", "progress", "created_at", "finished_at")
    list_filter = ("status", "queue", "name")
    search_fields = ("=owner", "name")
    search_help_text = "An id, an owner such as user:7, or a part of a name."
    ordering = ("-created_at",)
    show_full_result_count = False
    list_per_page = 50
    fields = (
        *("id", "status", "name", "owner", "queue", "priority", "unique_key", "tries", "progress"),
        *("created_at", "run_at", "started_at", "finished_at", "expires_at", "worker", "lease_until"),
        *("cancel_asked_at", "shown_problem", "shown_traceback", "who_asked"),
    )
    readonly_fields = fields
    actions = ("queue_again", "cancel")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002  # Django's signature
        """What a job was given and what it gave, for superusers alone."""
        return (*self.fields, "shown_arguments", "shown_result") if _sees_all(request) else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody: jobs are enqueued."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By id, or as ever."""
        try:
            return queryset.filter(pk=uuid.UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what may be long: lists do not show it, and a page of one job asks for it."""
        return super().get_queryset(request).defer("arguments", "principal", "result", "problem", "traceback")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, ...]:
        """Show the jobs alone: their results may be files of many megabytes."""
        refused = set() if self.has_delete_permission(request) else {"job"}
        return [str(job) for job in objs], {"jobs": len(objs)}, refused, []

    # --- What is shown

    @admin.display(description="id")
    def short_id(self, job: Any) -> str:
        """The first of it, as the list has room for."""
        return f"{str(job.pk)[:8]}…"

    @admin.display(description="attempts")
    def tries(self, job: Any) -> str:
        """How many of how many."""
        return f"{job.attempts} of {job.max_attempts}"

    @admin.display(description="progress")
    def progress(self, job: Any) -> str:
        """How far it is, in its own words."""
        if job.progress_done is None:
            return "-"
        done = f"{job.progress_done:,.10g}"
        if job.progress_total:
            done = f"{done} of {job.progress_total:,.10g} ({job.progress_done / job.progress_total:.0%})"
        return f"{done} {job.progress_note}".rstrip()

    @admin.display(description="asked for by")
    def who_asked(self, job: Any) -> str:
        """The principal, as it was stored: ids and scopes, no secret."""
        return _block(job.principal)

    @admin.display(description="what its owner is told")
    def shown_problem(self, job: Any) -> str:
        """The problem document."""
        return _block(job.problem)

    @admin.display(description="traceback")
    def shown_traceback(self, job: Any) -> str:
        """What was raised last."""
        return _block(job.traceback)

    @admin.display(description="arguments")
    def shown_arguments(self, job: Any) -> str:
        """What it was given; what has the name of a secret is hidden."""
        try:
            return _block(json.dumps(_without_secrets(json.loads(job.arguments)), ensure_ascii=False, indent=1))
        except (ValueError, RecursionError):
            return _HIDDEN

    @admin.display(description="result")
    def shown_result(self, job: Any) -> str:
        """What it gave; of a file its name and size."""
        if job.filename:
            return f"{job.filename} ({job.content_type}, {job.size_bytes:,} bytes)"
        return _block(job.result)

    # --- What is done

    @admin.action(description="Queue these jobs again", permissions=["change"])
    def queue_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Have those run again that have failed or were canceled, with all their attempts."""
        keys = list(queryset.values_list("pk", flat=True))  # which a filter by status would not give afterwards
        count = sum(requeue(key) for key in keys)
        left = len(keys) - count
        rest = f" {left} had neither failed nor been canceled." if left else ""
        self.message_user(request, f"{count} queued again.{rest}", messages.SUCCESS)

    @admin.action(description="Cancel these jobs", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End those that wait at once, and those that run within some seconds."""
        keys = list(queryset.filter(status__in=_GOING_ON).values_list("pk", flat=True))
        ended = [ask_to_cancel(key) for key in keys]
        told = f"{ended.count('canceled')} canceled, {ended.count('running')} asked to end."
        self.message_user(request, told, messages.SUCCESS)


def _sees_all(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _block(text: str | None) -> str:
    """A text as it stands, escaped; the end of a long one is left out."""
    if not text:
        return "-"
    more = " …" if len(text) > _LONGEST_SHOWN else ""
    return format_html('<pre style="white-space: pre-wrap; margin: 0">{}{}</pre>', text[:_LONGEST_SHOWN], more)


def _without_secrets(value: Any, name: str = "") -> Any:
    """A value of JSON without what stands under a name such as "password"."""
    if _SECRET.search(name):
        return _HIDDEN
    if isinstance(value, dict):
        return {key: _without_secrets(each, key) for key, each in value.items()}
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value

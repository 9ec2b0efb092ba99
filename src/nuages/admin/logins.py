"""Show keys and logins in Django's admin, and let them be ended there. Imported only where the admin is installed.

No digest is shown anywhere, and a key once: in the message after it was made.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from nuages.identify import epoch
from nuages.identify.api_key import demand_scopes, make_key
from nuages.models import FailedLogin, Login, StoredKey


class _KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """What may be said of a key; its scopes are words."""

    def clean_scopes(self) -> str:
        """Give the scopes with one blank between them."""
        words = sorted(set(self.cleaned_data["scopes"].split()))
        try:
            demand_scopes(words)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        return " ".join(words)


@admin.register(StoredKey)
class StoredKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """API keys: made here, shown once, revoked here."""

    form = _KeyForm
    list_display = ("prefix", "name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("prefix", "name")
    raw_id_fields = ("user",)
    fields = ("user", "name", "scopes", "expires_at", "prefix", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002  # Django's signature
        """A key stays its user's."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "user")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Make a new key and show it; this is the one time."""
        if change:
            super().save_model(request, obj, form, change)
            return
        stored, key = make_key(obj.user, obj.name, obj.scopes.split(), obj.expires_at)
        obj.__dict__.update(stored.__dict__)
        self.message_user(
            request, format_html("The key, which is not shown again: <code>{}</code>", key), messages.WARNING
        )

    @admin.action(description="Revoke these keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End keys for good; they stay in the list."""
        count = queryset.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
        epoch.begin(queryset.db)
        self.message_user(request, f"{count} revoked.", messages.SUCCESS)


class _Seen(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody writes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Nobody."""
        return False


@admin.register(Login)
class LoginAdmin(_Seen):
    """Logins: seen, and ended."""

    list_display = ("user", "device", "address", "created_at", "last_used_at", "ended_at", "ended_by")
    list_select_related = ("user",)
    fields = (
        *("id", "user", "device", "address", "created_at", "last_used_at", "expires_at", "verified_at", "methods"),
        *("ended_at", "ended_by"),
    )
    readonly_fields = fields
    ordering = ("-last_used_at",)
    actions = ("end",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody: what has ended is purged by a command."""
        return False

    @admin.action(description="End these logins", permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Log out whoever holds their tokens."""
        count = queryset.filter(ended_at__isnull=True).update(ended_at=timezone.now(), ended_by="admin")
        epoch.begin(queryset.db)
        self.message_user(request, f"{count} ended.", messages.SUCCESS)


@admin.register(FailedLogin)
class FailedLoginAdmin(_Seen):
    """Counts of failed logins; deleting one lets the account try again."""

    list_display = ("key", "count", "window_ends_at")
    fields = ("key", "count", "window_ends_at")
    readonly_fields = fields

"""Show endpoints and deliveries in Django's admin. Imported only where the admin is installed.

A secret is shown once: in the message after it was made.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from nuages.errors import Problem
from nuages.webhooks import addresses, registering, sealing, sending
from nuages.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint


class _EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """What may be said of an endpoint; its address is checked as users' are."""

    def clean_url(self) -> str:
        """Refuse what may not be called."""
        url: str = self.cleaned_data["url"]
        try:
            addresses.check(url)
        except Problem as refused:
            raise ValidationError(refused.detail) from None
        return url

    def clean_events(self) -> str:
        """Give the types with one blank between them."""
        words = sorted(set(self.cleaned_data["events"].split()))
        try:
            registering.demand_events(words)
        except Problem as refused:
            raise ValidationError(refused.detail) from None
        return " ".join(words)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Endpoints: made, stopped, asked whether they are there, and given another secret."""

    form = _EndpointForm
    list_display = ("id", "url", "events", "owner", "is_active", "failing_since", "disabled_why")
    list_filter = ("is_active", "disabled_why")
    list_select_related = ("owner",)
    search_fields = ("url",)
    raw_id_fields = ("owner",)
    readonly_fields = ("is_active", "created_at", "failing_since", "disabled_at", "disabled_why")
    fields = ("url", "events", "owner", *readonly_fields)
    ordering = ("-id",)
    actions = ("ping", "renew_secret", "enable", "stop")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Give a new endpoint its secret and show it; this is the one time."""
        if not change:
            obj.sealed_secrets, secret = sealing.begin()
            self._show(request, secret)
        super().save_model(request, obj, form, change)

    @admin.action(description="Send a ping", permissions=["change"])
    def ping(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Deliver something, to see whether it is taken."""
        for endpoint in queryset:
            try:
                sending.send_ping(endpoint)
            except Problem as refused:
                self.message_user(request, f"{endpoint}: {refused.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{endpoint}: on the way, see the deliveries.", messages.SUCCESS)

    @admin.action(description="Give another secret", permissions=["change"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Show it; the last one signs as well for a day."""
        for endpoint in queryset:
            try:
                self._show(request, registering.renew_secret(endpoint))
            except sealing.UnreadableSecret as error:
                self.message_user(request, str(error), messages.ERROR)

    @admin.action(description="Call these again", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Whatever ended it."""
        for endpoint in queryset:
            registering.enable(endpoint.pk)
        self.message_user(request, f"{len(queryset)} enabled.", messages.SUCCESS)

    @admin.action(description="Call these no more", permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Until somebody enables them."""
        count = sum(registering.disable(endpoint.pk, "stopped") for endpoint in queryset)
        self.message_user(request, f"{count} stopped.", messages.SUCCESS)

    def _show(self, request: HttpRequest, secret: str) -> None:
        said = format_html("The secret, which is not shown again: <code>{}</code>", secret)
        self.message_user(request, said, messages.WARNING)


class _AttemptInline(admin.TabularInline):  # type: ignore[type-arg]
    model = WebhookAttempt
    fields = readonly_fields = ("at", "status_code", "error", "duration_ms")
    extra = 0
    can_delete = False

    def has_add_permission(self, *_: Any) -> bool:
        """Nobody."""
        return False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Deliveries: seen, and sent again."""

    list_display = ("id", "event_type", "endpoint", "created_at", "attempts", "status_code", "error", "delivered_at")
    list_filter = ("event_type", "error", "created_at")
    list_select_related = ("endpoint",)
    search_fields = ("id", "endpoint__url")
    readonly_fields = (
        *("endpoint", "event_type", "payload", "created_at", "attempts", "status_code", "error"),
        *("delivered_at", "failed_at", "job"),
    )
    fields = readonly_fields
    inlines = (_AttemptInline,)
    ordering = ("-created_at",)
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Nobody: events are told of by the code."""
        return False

    @admin.action(description="Send again", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """As the same message, which a receiver that has it knows by its id."""
        count = len([sending.send_again(delivery) for delivery in queryset])
        self.message_user(request, f"{count} on the way.", messages.SUCCESS)

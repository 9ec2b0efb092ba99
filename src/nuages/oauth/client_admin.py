"""The admin's form of a registered app: its redirect URIs are checked as the provider will compare them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from oauth2_provider.admin import ApplicationAdmin
from oauth2_provider.forms import ApplicationForm
from oauth2_provider.settings import oauth2_settings

from nuages.oauth.clients import unsound_uris


class ClientForm(ApplicationForm):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """Takes loopback addresses, which django-oauth-toolkit takes together with every address without TLS or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.get_allowed_schemes = lambda: ["https", "http", *oauth2_settings.ALLOWED_REDIRECT_URI_SCHEMES]

    def clean_redirect_uris(self) -> str:
        """Each must be https, a loopback address, or of a scheme of ALLOWED_REDIRECT_URI_SCHEMES."""
        text: str = self.cleaned_data["redirect_uris"]
        if wrong := unsound_uris(text.split()):
            raise ValidationError(f"{wrong[0]} may not be registered: it must be https, or a loopback address.")
        return text


class ClientAdmin(ApplicationAdmin):  # type: ignore[misc]  # django-oauth-toolkit has no types
    """Registered apps."""

    form = ClientForm

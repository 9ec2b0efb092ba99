"""What allauth asks of a project about logins by other providers: how it asks the providers, and what is noted."""

from __future__ import annotations

import logging
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from nuages.social.oidc.refusal import Refusal


class SocialAdapter(DefaultSocialAccountAdapter):
    """The setting SOCIALACCOUNT_ADAPTER; subclass it for hooks of your own.

    Source: docs.allauth.org, "Adapter" of third-party accounts.
    """

    def get_requests_session(self) -> Any:
        """Follow no redirect: one answered by 307 would carry a code, a secret or a token to another host."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Note why a flow ended, where it was refused here; allauth's own messages may hold a provider's answer."""
        if isinstance(exception, Refusal):
            self.note_refusal(provider, exception)
        super().on_authentication_error(request, provider, error, exception, extra_context)

    @staticmethod
    def note_refusal(provider: Any, refusal: Refusal) -> None:
        """Say it to those who watch."""
        logging.getLogger("nuages.security").warning(
            "A login by %s was refused: %s.", getattr(provider, "sub_id", "a provider"), refusal
        )

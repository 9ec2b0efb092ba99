"""Say why a flow is refused: to the log. The client is told that it failed, and no more."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import ImproperlyConfigured

# What readers raise over an answer of another shape than they expect.
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ImproperlyConfigured)
Taken = ParamSpec("Taken")
Given = TypeVar("Given")


class Refusal(OAuth2Error):
    """A flow that ends without a login; the message holds no code and no token."""


def of_any_shape(read: Callable[Taken, Given]) -> Callable[Taken, Given]:
    """Let a function that reads a provider's answer refuse every answer that it cannot read.

    allauth takes the answers as they should be; one without a member, or with one of another kind, would be a 500.
    """

    @functools.wraps(read)
    def reading(*arguments: Taken.args, **named: Taken.kwargs) -> Given:
        try:
            return read(*arguments, **named)
        except UNREADABLE as error:
            raise Refusal(f"an answer that cannot be read ({type(error).__name__})") from error

    return reading

"""Turn an access token of django-oauth-toolkit into a Principal. How one is given out, and to whom, is not known here.

A token is found by its digest, whether the provider stores the token itself or not. What is remembered of one is
forgotten as `identify.standing` has it; its end is looked at each time.
Source: RFC 6750; RFC 6749 sections 3.3 and 4.4; RFC 9700 section 4.15.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import inf
from time import time
from types import MappingProxyType
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models.signals import post_delete, post_save

from nuages.errors import Misdeclared
from nuages.http.request import Request
from nuages.identify import epoch
from nuages.identify.chain import TokenReader
from nuages.identify.credentials import BEARER
from nuages.identify.principal import ClientPrincipal, Principal
from nuages.identify.standing import Standing, same_user
from nuages.identify.until import end_of

APP = "oauth2_provider"
_METHOD = "oauth"
# RFC 6750 section 2.1, without the dot of JSON Web Tokens; as short as 128 bits may be.
_FORM = re.compile(r"[A-Za-z0-9_~+/-]{22,255}=*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a token.

    Units: `end_s` is since the epoch.
    """

    user: Any
    scopes: frozenset[str]
    claims: Mapping[str, Any]
    end_s: float


class OAuth(TokenReader):
    """Access tokens that django-oauth-toolkit has given to other people's programs, in a user's name or their own.

    Shapes: `resource` is the URL by which tokens that are bound to some resources name this API (RFC 8707); `until` is
        the last day, in UTC, on which any token is taken, such as "2027-03-31"; without it there is none.
    """

    def __init__(self, *, resource: str = "", until: Any = None) -> None:
        self.resource: Any = resource
        self.until = until
        self._end_s = inf
        self._standing = Standing()

    def start(self, title: str) -> Iterable[Misdeclared]:
        """Look whether django-oauth-toolkit is there."""
        place = f"API(title={title!r}), OAuth"
        if find_spec(APP) is None:
            return [Misdeclared("nuages.E043", place, "django-oauth-toolkit is not installed.", _INSTALL)]
        if not apps.is_installed(APP):
            return [Misdeclared("nuages.E043", place, f"{APP!r} is no app of this project.", _ADD)]
        if not isinstance(self.resource, str):
            return [Misdeclared("nuages.E043", place, "resource is no URL.", 'Write resource="https://api.example".')]
        try:
            self._end_s = inf if self.until is None else end_of(self.until)
        except ValueError:
            return [Misdeclared("nuages.E043", place, "until is no day.", 'Write until="2027-03-31".')]
        for remark in self.remarks(title):
            logging.getLogger("nuages.security").warning("%s: %s %s", remark.place, remark.message, remark.hint)
        return ()

    def remarks(self, title: str) -> Iterable[Misdeclared]:
        """Say that the last day is over."""
        if time() >= self._end_s:
            message = f"until={str(self.until)!r} is over, and no token is taken."
            yield Misdeclared("nuages.W043", f"API(title={title!r}), OAuth", message, "Remove it.")

    def is_mine(self, token: str) -> bool:
        """Whether a token is opaque, and could have been given out."""
        return _FORM.fullmatch(token) is not None

    def identify(self, request: Request) -> Principal | None:
        """Find whom the token stands for: a user, or a program in its own name.

        Raises: NotIdentified `invalid-token` or `token-expired`; BadRequest for two tokens.
        """
        value = request.header("authorization")
        token = None if value is None else BEARER.read(value)
        if token is None:
            return None
        if not self.is_mine(token) or time() >= self._end_s:
            raise BEARER.invalid_token()
        digest = hashlib.sha256(token.encode()).hexdigest()
        known = self._standing.get(digest, partial(_load, digest, self.resource))
        if known is None:
            raise BEARER.invalid_token()
        if time() >= known.end_s:
            raise BEARER.expired_token()
        if known.user is None:
            return ClientPrincipal(None, _METHOD, known.claims, known.scopes)
        return Principal(same_user(known.user), _METHOD, known.claims, known.scopes)


def watch_tokens() -> None:
    """Begin another epoch whenever a token or a program that has some changes or goes through Django."""
    if not apps.is_installed(APP):
        return
    models = _models()
    for model in (models.get_access_token_model(), models.get_application_model()):
        post_save.connect(_saved, sender=model, dispatch_uid=f"nuages.oauth.saved.{model._meta.label}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"nuages.oauth.deleted.{model._meta.label}")


def _saved(sender: Any, using: str, *, created: bool = False, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    if not created:
        epoch.begin(using)


def _deleted(sender: Any, instance: Any, using: str, **_: Any) -> None:  # noqa: ARG001  # a signal's signature
    """A token that is over stays over: a clean-up of old ones disturbs nobody."""
    expires = getattr(instance, "expires", None)
    if expires is None or time() < expires.timestamp():
        epoch.begin(using)


def _load(digest: str, resource: str) -> _Known | None:
    model = _models().get_access_token_model()
    tokens = model._base_manager.using(router.db_for_write(model)).select_related("application", "user")
    found = tokens.filter(token_checksum=digest).first()
    if found is None or not _is_sound(found, resource):
        return None
    claims = {"client_id": found.application.client_id, "scope": found.scope, "exp": int(found.expires.timestamp())}
    # As the provider itself does: a scope that is offered no more gives nothing.
    return _Known(found.user, frozenset(found.scopes), MappingProxyType(claims), found.expires.timestamp())


def _is_sound(token: Any, resource: str) -> bool:
    """Whether a token is of a program that may be used, for this API, and of an active user where it has one."""
    if token.application is None or not token.application.is_usable(import_module("oauthlib.common").Request("")):
        return False
    if token.resource and not (resource and token.allows_audience(resource)):
        return False
    return token.user_id is None or bool(token.user.is_active)


def _models() -> Any:
    """The models of an extra, which is not there to be imported with this."""
    return import_module("oauth2_provider.models")


_INSTALL = "pip install nuages[oauth]"
_ADD = f'Add "{APP}" to INSTALLED_APPS, and migrate.'

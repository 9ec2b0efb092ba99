"""Find the API that a command is about, and describe it as it is mounted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.core.management.base import CommandError

from nuages.api import API, registered_apis
from nuages.management.principals import find_principal
from nuages.openapi.document import document_of
from nuages.servers.mounts import find_mounts


def described_api(title: str | None, user: str | None) -> dict[str, Any]:
    """The description of an API: whole, or as a user sees it.

    Raises: CommandError for an API or a user that there is not; DeclarationError.
    """
    mounted = [
        (api, mount.prefix) for mount in find_mounts() for api in registered_apis() if mount.handle == api.handle
    ]
    api, prefix = _find(title, mounted or [(api, "") for api in registered_apis()])
    principal = find_principal(user) if user else None
    document = document_of(api.title, api.version, api.build().pipeline, prefix=prefix, principal=principal)
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return plain


def _find(title: str | None, known: Sequence[tuple[API, str]]) -> tuple[API, str]:
    """The one API of a title, and where it is mounted."""
    found = [each for each in known if title is None or each[0].title == title]
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(api.title) for api, _ in known) or "none"
    raise CommandError(f"Say which API by --api: there are {names}.")

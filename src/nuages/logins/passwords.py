"""Turn a name and a password into a user, by the project's own authentication backends. Counts nothing."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.auth import authenticate, get_user_model
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables


@sensitive_variables()
def find_user(username: str, password: str) -> Any | None:
    """Find the active user who has this name and this password, in about the same time whether there is one or not.

    Backends get no request: there is none of Django's. The name is normalized as in Django's own form.
    Source: docs.djangoproject.com, "Authenticating users"; django.contrib.auth.forms.UsernameField.
    """
    model: Any = get_user_model()
    name = unicodedata.normalize("NFKC", username)
    try:
        model._meta.get_field(model.USERNAME_FIELD).to_python(name)
    except ValidationError:  # a field of numbers, say, which no query could compare with this
        model().set_password(password)  # the hash that ModelBackend computes where there is no such user
        return None
    user = authenticate(None, username=name, password=password)
    return user if user is not None and user.is_active else None

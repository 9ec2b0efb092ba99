"""A backend that is overtaken: the password's row changes just after it was looked at. No test lives here."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password


class Overtaken(ModelBackend):
    """Stores another hash behind the first look's back: of `password`, which a test chooses."""

    password = ""
    looks = 0

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **more: Any) -> Any:
        """Look as ever."""
        user: Any = super().authenticate(request, username=username, password=password, **more)
        Overtaken.looks += 1
        if Overtaken.looks == 1 and user is not None:
            type(user).objects.filter(pk=user.pk).update(password=make_password(Overtaken.password))
        return user

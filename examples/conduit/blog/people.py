"""Users, their logins, and who follows whom."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404

from blog import documents as docs
from blog.api import api, bearer
from blog.models import User
from nuages import Principal, Request, Unprocessable, anyone, authenticated, begin_login, log_in


@api.post("/users/login", rule=anyone, atomic=False, returns=docs.OfUser)  # a wrong password must stay counted
def login(user: docs.Envelope[docs.Login], request: Request) -> docs.Answer:
    """Log in by mail address and password."""
    granted = log_in(bearer, request, user.email.lower(), user.password)
    return _me(granted.user, granted.access)


@api.post("/users", rule=anyone, status=201, throttle="1000/h", returns=docs.OfUser)
def register(user: docs.Envelope[docs.NewUser], request: Request) -> docs.Answer:
    """Make a user, who is logged in by it."""
    row = User(username=user.username, email=user.email.lower())
    _save(row, user.password)
    return _me(row, begin_login(bearer, request, row, methods=["pwd"]).access)


@api.get("/user", rule=authenticated, returns=docs.OfUser)
def current_user(principal: Principal) -> docs.Answer:
    """Show who asks, with a token that lasts another day."""
    return _me(principal.user, _renewed(principal))


@api.put("/user", rule=authenticated, returns=docs.OfUser)
def change_user(user: docs.Envelope[docs.UserChange], principal: Principal, request: Request) -> docs.Answer:
    """Change who asks. Another password ends every login, so another one begins with it."""
    row, values = principal.user, user.given()
    if not values:
        raise Unprocessable("At least one field is required.")
    password = values.pop("password", None)
    for name, value in values.items():
        setattr(row, name, value.lower() if name == "email" else value)
    _save(row, password)
    return _me(row, begin_login(bearer, request, row, methods=["pwd"]).access if password else _renewed(principal))


@api.get("/profiles/{username}", rule=anyone, returns=docs.OfProfile)
def profile(username: str, principal: Principal) -> docs.Answer:
    """Show somebody."""
    return {"profile": get_object_or_404(User.objects.seen_by(principal.user), username=username)}


@api.post("/profiles/{username}/follow", rule=authenticated, returns=docs.OfProfile)
def follow(username: str, principal: Principal) -> docs.Answer:
    """Follow somebody."""
    principal.user.followed.add(get_object_or_404(User, username=username))
    return profile(username, principal)


@api.delete("/profiles/{username}/follow", rule=authenticated, returns=docs.OfProfile)
def unfollow(username: str, principal: Principal) -> docs.Answer:
    """Follow somebody no longer."""
    principal.user.followed.remove(get_object_or_404(User, username=username))
    return profile(username, principal)


def _me(user: Any, token: str) -> docs.Answer:
    return {"user": docs.Me(user.email, token, user.username, user.bio, user.image)}


def _renewed(principal: Principal) -> str:
    return bearer.issue(principal.user, principal.login, proof=principal.proof)[0]


def _save(row: User, password: str | None) -> None:
    if password is not None:
        try:
            validate_password(password, row)
        except ValidationError as error:
            raise ValidationError({"password": error.error_list}) from error
        row.set_password(password)
    row.full_clean()
    row.save()

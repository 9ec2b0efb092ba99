"""Turn the body of a registration into a user that is not stored yet, with every fault at its place.

What is in the database is not looked at: nothing here can tell who there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import BooleanField
from django.views.decorators.debug import sensitive_variables

from nuages.accounts.terms import Accounts, email_field, name_field
from nuages.change.conflicts import invalid
from nuages.errors import Fault, Unprocessable
from nuages.http.request import Request
from nuages.logins.documents import read_members
from nuages.parse.documents import sound
from nuages.parse.json_body import join_pointer

MAX_CHARS = 2_000  # of everything but the password: it must fit into a link


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who asks for an account; `values` are those of the user's fields, by their names."""

    values: Mapping[str, Any]
    password: str

    @property
    def email(self) -> str:
        """The address, whose domain is in small letters."""
        return str(self.values[email_field()])

    @property
    def name(self) -> str:
        """What they will log in with."""
        return str(self.values[name_field()])


@sensitive_variables()
def read_newcomer(request: Request, accounts: Accounts) -> Newcomer:
    """Read the body.

    Raises: Unprocessable with every fault, those of Django's password validators among them; as `read_members`.
    """
    places = _places(accounts)
    model: Any = get_user_model()
    is_truth = {name: isinstance(model._meta.get_field(name), BooleanField) for name in places.values()}
    kinds: dict[str, type] = {member: bool if is_truth[name] else str for member, name in places.items()}
    required = tuple(member for member, name in places.items() if name in {email_field(), name_field()})
    members = read_members(request, {**kinds, "password": str}, (*required, "password"))
    given = {name: _normal(name, members[member]) for member, name in places.items() if member in members}
    user, faults = build_user(given)
    where = {name: join_pointer("", member) for member, name in places.items()}
    told = [Fault(where[name], _code(each), " ".join(each.messages)) for name, each in faults]
    told += password_faults("/password", members["password"], user)
    if sum(len(str(value)) for value in given.values()) > MAX_CHARS:
        told.append(Fault("", "max-length", f"All texts together have more than {MAX_CHARS} characters."))
    sound({}, told, None)
    return Newcomer(given, members["password"])


def build_user(values: Mapping[str, Any]) -> tuple[Any, list[tuple[str, ValidationError]]]:
    """Give a user who is not stored, and what the model's fields have against the values.

    Raises: Unprocessable for what the model's own `clean` has.
    """
    user: Any = get_user_model()()
    faults: list[tuple[str, ValidationError]] = []
    for name, value in values.items():
        field = user._meta.get_field(name)
        try:
            if name == email_field():
                validate_email(value)  # also where the field is another, or takes an empty one
            setattr(user, name, field.clean(value, user))
        except ValidationError as error:
            faults += [(name, each) for each in error.error_list]
    if not faults:
        _clean(user)
    return user, faults


def normal_address(email: str) -> str:
    """An address with its domain in small letters.

    Source: django.contrib.auth.base_user.BaseUserManager.normalize_email.
    """
    box, at, domain = email.strip().rpartition("@")
    return box + at + domain.lower()


def address_faults(email: str, user: Any = None) -> list[Fault]:
    """What is wrong with an address, whoever has it; also what the field of a user has against it."""
    try:
        validate_email(email)
        if user is not None:
            user._meta.get_field(email_field()).clean(email, user)
    except ValidationError as error:
        return [Fault("/email", _code(each), " ".join(each.messages)) for each in error.error_list]
    return []


@sensitive_variables()
def password_faults(pointer: str, password: str, user: Any) -> list[Fault]:
    """What AUTH_PASSWORD_VALIDATORS have against a password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Fault(pointer, _code(each), " ".join(each.messages)) for each in error.error_list]
    return []


def refuse(faults: Iterable[Fault]) -> None:
    """Refuse a body for its faults, where there are any.

    Raises: Unprocessable.
    """
    sound({}, list(faults), None)


def _clean(user: Any) -> None:
    try:
        user.clean()
    except ValidationError as error:
        problem = invalid(error)
        if isinstance(problem, Unprocessable):
            raise problem from None
        raise


def _places(accounts: Accounts) -> dict[str, str]:
    """The members of the body and the fields that they are about; what one logs in with may be the address."""
    named = {} if name_field() == email_field() else {"username": name_field()}
    return {**named, "email": email_field(), **{name: name for name in accounts.fields}}


def _normal(name: str, value: Any) -> Any:
    """As Django stores it: the name in NFKC, the address with its domain in small letters."""
    if name == email_field():
        value = normal_address(value)
    if name == name_field():
        model: Any = get_user_model()
        value = model.normalize_username(value)
    return value


def _code(error: ValidationError) -> str:
    return str(error.code or "invalid").replace("_", "-")

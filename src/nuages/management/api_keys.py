"""`manage.py nuages apikey USERNAME --name ...`: make an API key, and print it this one time."""

from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from nuages.identify.api_key import make_key

HELP = "make an API key and print it once"
_MOST_DAYS = 36_500


def add_arguments(parser: ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("username", help="whose key it is")
    parser.add_argument("--name", required=True, help="what the key is for")
    parser.add_argument("--scope", action="append", default=[], help="such as books:read; once for each; all without")
    parser.add_argument("--days", type=int, help="how long it holds; for ever without")


def lines(options: dict[str, Any]) -> Iterator[str]:
    """Make the key; give its text.

    Raises: CommandError for an unknown user, a wrong scope, or a number of days that is none.
    """
    users: Any = get_user_model()
    try:
        expires_at = _expires_at(options["days"])
        user = users._default_manager.get_by_natural_key(options["username"])
        _, key = make_key(user, options["name"], options["scope"], expires_at)
    except users.DoesNotExist:
        raise CommandError(f"There is no user {options['username']!r}.") from None
    except ValueError as error:
        raise CommandError(str(error)) from None
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from None
    yield key


def _expires_at(days: int | None) -> dt.datetime | None:
    if days is None:
        return None
    if not 1 <= days <= _MOST_DAYS:
        raise ValueError(f"--days {days}: a number from 1 to {_MOST_DAYS}.")
    return timezone.now() + dt.timedelta(days=days)

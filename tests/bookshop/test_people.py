"""The demo's users: who they are, what they own, and where their password is shown."""

from io import StringIO
from typing import Any

from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper

from nuages.servers.banner import Site, banner_lines
from shop.models import Review
from shop.people import banner, demo_password

SITE = Site("1", "http://localhost:8000", (), workers=1, threads=4, reloads=False, ready_s=0.1)


def _add(database: BaseDatabaseWrapper) -> str:
    said = StringIO()
    call_command("seed", database=database.alias, books=40, verbosity=0, replace=True, stdout=StringIO())
    call_command("add_people", database=database.alias, stdout=said)
    return said.getvalue()


def test_people_are_added_once(database: BaseDatabaseWrapper) -> None:
    """Ada is staff; ben and cleo own reviews, none of them both's; the second time nothing is added."""
    assert _add(database) == "Added the users ada, ben, cleo.\n"
    users = {user.username: user for user in get_user_model().objects.all()}
    assert [users[name].is_staff for name in ("ada", "ben", "cleo")] == [True, False, False]
    assert [Review.objects.filter(user=users[name]).count() for name in ("ada", "ben", "cleo")] == [0, 20, 20]
    said = StringIO()
    call_command("add_people", database=database.alias, stdout=said)
    assert said.getvalue() == ""


def test_banner_shows_the_password_that_works(database: BaseDatabaseWrapper, settings: Any) -> None:
    """In development the banner names the users and their password; elsewhere it does not."""
    settings.NUAGES_BANNER = "shop.people.banner"
    settings.DEBUG = True
    assert list(banner()) == []
    _add(database)
    line = next(line for line in banner_lines(SITE) if line.strip().startswith("Users"))
    assert line.endswith(f"ada (staff), ben, cleo   password: {demo_password()}")
    assert authenticate(username="ben", password=demo_password())
    settings.DEBUG = False
    assert list(banner()) == []

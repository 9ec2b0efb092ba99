"""Turn an empty user table into the three people of the demo: ada works here, ben and cleo buy and review books."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.crypto import salted_hmac

from shop.models import Review

STAFF, CUSTOMERS = "ada", ("ben", "cleo")
_REVIEWS_EACH = 20


def demo_password() -> str:
    """One for all three, the same at each start; with a SECRET_KEY of one's own nobody can guess it."""
    return f"bookshop-{salted_hmac('shop.people', settings.SECRET_KEY, algorithm='sha256').hexdigest()[:8]}"


def add_people(using: str) -> list[str]:
    """Add who is missing, with some reviews that nobody owns yet; give the names of whom was added."""
    users = get_user_model()._default_manager.db_manager(using)
    added = []
    with transaction.atomic(using=using):
        for name in (STAFF, *CUSTOMERS):
            if users.filter(username=name).exists():
                continue
            is_staff = name == STAFF
            user = users.create_user(
                name, f"{name}@example.org", demo_password(), is_staff=is_staff, is_superuser=is_staff
            )
            added.append(name)
            if not is_staff:
                free = Review._default_manager.using(using).filter(user=None).order_by("pk")
                Review._default_manager.using(using).filter(
                    pk__in=list(free.values_list("pk", flat=True)[:_REVIEWS_EACH])
                ).update(user=user)
    return added


def banner() -> Iterator[tuple[str, str]]:
    """Lines for the banner of `manage.py serve`, in development only."""
    if settings.DEBUG and get_user_model()._default_manager.filter(username=STAFF).exists():
        yield "Users", f"{STAFF} (staff), {', '.join(CUSTOMERS)}   password: {demo_password()}"

"""What several black-box tests start from."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from shop.invention import plan_sizes
from shop.models import Author, Book, Review, Tag
from shop.seeding import seed_shop
from tests.http.accounting import ACCOUNTS, LOCMEM, choose_mailer, mails
from tests.zoo.models import Specimen


@pytest.fixture
def shop(database: Any) -> Any:
    """A shop of twenty books, and a user of each sort."""
    seed_shop(plan_sizes(20), seed=7, using=database.alias)
    users = get_user_model().objects
    for name, is_staff in (("ann", False), ("sam", True)):
        users.create_user(name, is_staff=is_staff)
    for key in (1, 2, 3):
        Review.objects.filter(pk=key).update(user=users.get(username="ann"))
    return database


@pytest.fixture
def rows(database: Any) -> Any:
    """What tests.http.failing needs to be there: a tag, a book by somebody, a file with a name."""
    Tag.objects.create(id=9001, name="old")
    Book.objects.create(title="Chéri", price=1, author=Author.objects.create(name="Colette"))
    Specimen.objects.create(file="a.txt")
    return database


@pytest.fixture
def accounts(settings: Any) -> Iterator[None]:
    """Accounts by mail are on, and every mail of the test is waited for."""
    settings.NUAGES_ACCOUNTS = ACCOUNTS
    choose_mailer(settings, LOCMEM)
    yield
    mails()

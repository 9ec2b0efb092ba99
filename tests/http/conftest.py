"""What several black-box tests start from."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from shop.invention import plan_sizes
from shop.models import Review
from shop.seeding import seed_shop


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

"""What is remembered of somebody's standing, and when it is forgotten."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User

from nuages.identify import epoch
from nuages.identify.standing import Standing, same_user
from nuages.shared_files import map_own


class Counted:
    """A look at the database that counts itself."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> int:
        self.looks += 1
        return self.looks


def test_what_is_remembered_is_not_looked_up_again() -> None:
    """One look serves until something changes."""
    standing, look = Standing(), Counted()
    assert [standing.get("a", look) for _ in range(3)] == [1, 1, 1]


def test_another_epoch_forgets_everything() -> None:
    """After `begin()` everything is looked up anew."""
    standing, look = Standing(), Counted()
    standing.get("a", look)
    epoch.begin()
    assert standing.get("a", look) == 2


def test_what_is_not_there_is_remembered_apart() -> None:
    """Whoever makes up keys pushes out nobody; what has come meanwhile, or gone, is told after the next look."""
    standing, look = Standing(most=2), Counted()
    assert standing.get("a", look) == 1
    for number in range(10):
        assert standing.get(number, lambda: None) is None
    assert standing.get("a", look) == 1
    epoch.begin()
    assert [standing.get("a", lambda: None), standing.get("a", look)] == [None, None]
    epoch.begin()
    assert [standing.get("a", look), standing.get("a", look)] == [2, 2]


def test_age_forgets() -> None:
    """What is too old is looked up anew, whoever changed it."""
    standing, look = Standing(max_age_s=0), Counted()
    assert [standing.get("a", look) for _ in range(2)] == [1, 2]


def test_change_during_the_look_is_not_missed() -> None:
    """What changed while it was looked up is looked up again."""
    standing, look = Standing(), Counted()
    standing.get("a", lambda: epoch.begin() or look())
    assert standing.get("a", look) == 2


def test_memory_is_bounded() -> None:
    """No more is remembered than was allowed."""
    standing = Standing(most=10)
    for key in range(100):
        standing.get(key, Counted())
        assert len(standing._entries) <= 10


def test_failed_look_is_not_remembered() -> None:
    """A database that was away is asked again."""
    standing = Standing()
    with pytest.raises(ZeroDivisionError):
        standing.get("a", lambda: 1 // 0)
    assert standing.get("a", lambda: 7) == 7


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["save", "delete", "groups", "permissions", "group permissions"])
def test_change_to_a_user_begins_an_epoch(change: str) -> None:
    """Deactivation, deletion and whatever gives or takes permissions is noticed."""
    user, group = User.objects.create(username="ben"), Group.objects.create(name="shop")
    permission = Permission.objects.first()
    before = epoch.present()
    changes: dict[str, Any] = {
        "save": user.save,
        "delete": user.delete,
        "groups": lambda: user.groups.add(group),
        "permissions": lambda: user.user_permissions.add(permission),
        "group permissions": lambda: group.permissions.add(permission),
    }
    changes[change]()
    assert epoch.present() != before


@pytest.mark.django_db
def test_user_of_one_request_is_not_that_of_the_next() -> None:
    """What an author's code sets on the user is gone with the request."""
    user = User.objects.create(username="ben")
    fresh = same_user(user)
    fresh.username = "eve"
    assert (user.username, fresh.pk, fresh._state.db) == ("ben", user.pk, user._state.db)
    assert not fresh._state.adding


def test_epoch_is_shared_through_the_file(tmp_path: Path) -> None:
    """What one process writes, another one that mapped the same file reads."""
    mine, theirs = map_own(tmp_path / "epoch", 8), map_own(tmp_path / "epoch", 8)
    mine[:8] = b"another."
    assert theirs[:8] == b"another."


def test_file_that_others_may_write_is_refused(tmp_path: Path) -> None:
    """Neither a link nor a file open to others is taken for the project's own."""
    target = tmp_path / "target"
    target.write_bytes(b"12345678")
    (tmp_path / "link").symlink_to(target)
    open_to_all = tmp_path / "open"
    open_to_all.write_bytes(b"12345678")
    open_to_all.chmod(0o666)
    for path in (tmp_path / "link", open_to_all):
        with pytest.raises(OSError, match=r"."):
            map_own(path, 8)

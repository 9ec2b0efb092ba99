"""Nothing listens before everything is built, and the number of threads is known."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from nuages import API, Resource, anyone
from nuages.errors import DeclarationError
from nuages.servers.front import Front
from nuages.servers.start import drain_delay_s, drain_s, find_straight, start_project, thread_count
from shop.models import Tag


def test_wrong_declaration_stops_the_start() -> None:
    """An API that cannot be built raises its mistakes before there is an application."""
    api = API(title="wrong")

    @api.resource(Tag)
    class Tags(Resource):
        fields = ["nmae"]
        rules = {"read": anyone}

    with pytest.raises(DeclarationError, match="Did you mean 'name'"):
        start_project(lambda: [api])


def test_started_project_has_its_straight_ways() -> None:
    """The mounts of the URLconf are found once everything is imported, unless the project wants none."""
    front = start_project(list)
    assert isinstance(front, Front)
    assert front.find("/api/books")
    assert front.find("/admin/") is None
    with override_settings(NUAGES_STRAIGHT=False):
        assert find_straight() == ()


def test_threads_are_few_unless_chosen() -> None:
    """Two for each core and eight at most, or the setting."""
    assert 2 <= thread_count() <= 8
    with override_settings(NUAGES_THREADS=30):
        assert thread_count() == 30


@pytest.mark.parametrize("chosen", [0, -1, "4", True, 1.5])
def test_numbers_are_whole(chosen: Any) -> None:
    """A setting that is no number of threads or seconds is refused at start-up."""
    with override_settings(NUAGES_THREADS=chosen), pytest.raises(ImproperlyConfigured, match="THREADS must be a whole"):
        thread_count()
    with override_settings(NUAGES_DRAIN_S=chosen), pytest.raises(ImproperlyConfigured, match="DRAIN_S must be a whole"):
        drain_s()


@pytest.mark.parametrize("chosen", [-1, "4", True, 1.5])
def test_no_delay_is_a_delay(chosen: Any) -> None:
    """The delay may be 0, and is unless it is set."""
    with override_settings(NUAGES_DRAIN_DELAY_S=chosen), pytest.raises(ImproperlyConfigured, match="number from 0"):
        drain_delay_s()
    with override_settings(NUAGES_DRAIN_DELAY_S=3):
        assert drain_delay_s() == 3
    assert drain_delay_s() == 0

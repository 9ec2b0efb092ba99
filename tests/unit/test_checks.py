"""What `manage.py check --deploy` says besides Django's own warnings."""

from typing import Any

import pytest
from django.core.checks import run_checks

FORWARDED = ("HTTP_X_FORWARDED_PROTO", "https")


def _said() -> list[str]:
    return [found.id for found in run_checks(tags=["nuages"], include_deployment_checks=True) if found.id]


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECURE_PROXY_SSL_HEADER", FORWARDED), ("USE_X_FORWARDED_HOST", True), ("USE_X_FORWARDED_PORT", True)],
)
@pytest.mark.urls("bookshop.urls")
def test_a_proxy_that_logins_do_not_know_of_is_told(settings: Any, name: str, value: Any) -> None:
    """Only where Django is told of one, and Nuages is not; not by a check without --deploy."""
    assert "nuages.W001" not in _said()
    setattr(settings, name, value)
    [found] = [each for each in run_checks(tags=["nuages"], include_deployment_checks=True) if each.id == "nuages.W001"]
    assert name in found.msg
    assert not [each for each in run_checks(tags=["nuages"]) if each.id == "nuages.W001"]
    settings.NUAGES_TRUSTED_PROXIES = 1
    assert "nuages.W001" not in _said()


@pytest.mark.urls("tests.bookshop.admin_urls")
def test_without_logins_it_does_not_matter(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's address is asked for then."""
    monkeypatch.setattr("nuages.checks.registered_apis", list)
    settings.USE_X_FORWARDED_HOST = True
    assert "nuages.W001" not in _said()

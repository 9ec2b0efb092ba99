"""Settings of webhooks that are wrong are named by E078; networks that a public site opens, by W078."""

from typing import Any

import pytest
from django.core.checks import run_checks

RIGHT: dict[str, Any] = {
    "NUAGES_WEBHOOK_EVENTS": ["order.paid", "user.signed_up"],
    "NUAGES_WEBHOOK_ALLOWED_NETWORKS": ["10.1.0.0/16", "::1/128", "192.0.2.1"],
    "NUAGES_WEBHOOK_PORTS": (443, 8443),
    "NUAGES_WEBHOOK_MAX_ENDPOINTS": 3,
    "NUAGES_WEBHOOK_GIVE_UP_DAYS": 0.5,
    "NUAGES_WEBHOOK_KEEP_DAYS": 90,
}
WRONG: list[tuple[str, Any]] = [
    *(("NUAGES_WEBHOOK_EVENTS", value) for value in ("order.paid", ["Order"], ["a b"], ["*"], [""], ["a" * 81], 1)),
    *(("NUAGES_WEBHOOK_ALLOWED_NETWORKS", value) for value in ("10.0.0.0/8", ["10.0.0.1/8"], ["localhost"], [10])),
    *(("NUAGES_WEBHOOK_PORTS", value) for value in (443, [0], [65_536], ["443"], [True])),
    *(("NUAGES_WEBHOOK_MAX_ENDPOINTS", value) for value in (0, -1, 1.5, True, "3", None)),
    *(("NUAGES_WEBHOOK_GIVE_UP_DAYS", value) for value in (0, "5", float("inf"))),
    ("NUAGES_WEBHOOK_KEEP_DAYS", 0),
]


def said(code: str, *, deploy: bool = False) -> list[str]:
    """What a check says."""
    shown = run_checks(tags=["nuages"], include_deployment_checks=deploy)
    return [each.msg for each in shown if each.id == code]


def test_right_settings_are_silent(settings: Any) -> None:
    """And none of them at all."""
    assert said("nuages.E078") == []
    for name, value in RIGHT.items():
        setattr(settings, name, value)
    assert said("nuages.E078") == []


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{name} {value!r}"[:60] for name, value in WRONG])
def test_a_wrong_setting_is_named(name: str, value: Any, settings: Any) -> None:
    """Once."""
    setattr(settings, name, value)
    [message] = said("nuages.E078")
    assert message.startswith(f"settings.{name}: ")


def test_opened_networks_are_for_development(settings: Any) -> None:
    """Whoever registers a webhook calls what is in them."""
    assert said("nuages.W078", deploy=True) == []
    settings.NUAGES_WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    assert said("nuages.W078") == []
    [message] = said("nuages.W078", deploy=True)
    assert "10.0.0.0/8" in message

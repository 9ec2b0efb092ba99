"""Settings that are no numbers stop the start."""

from typing import Any

import pytest

from nuages import API
from nuages.errors import DeclarationError


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("NUAGES_MAX_STREAMS", 0),
        ("NUAGES_MAX_STREAMS", 1.5),
        ("NUAGES_MAX_STREAMS", "many"),
        ("NUAGES_STREAM_HEARTBEAT_S", 0),
        ("NUAGES_STREAM_HEARTBEAT_S", True),
    ],
)
def test_wrong_settings_are_named(settings: Any, name: str, given: Any) -> None:
    """E074, by name."""
    setattr(settings, name, given)
    with pytest.raises(DeclarationError, match=f"nuages.E074.*{name}"):
        API(title="Wrong").build()

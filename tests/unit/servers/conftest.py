"""What every test of the servers needs."""

import pytest


@pytest.fixture(autouse=True)
def _may_touch_connections(db: None) -> None:
    """Each answer ends by looking at the connections that earlier tests of this process have left open."""

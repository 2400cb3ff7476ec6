"""What every end-to-end test may ask for."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["http", "socket"])
def transport(request: pytest.FixtureRequest) -> str:
    """Both ways in which Slack reaches the server: the handlers must not notice."""
    return str(request.param)

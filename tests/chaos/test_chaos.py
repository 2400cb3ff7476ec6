"""A short storm in every test run; `make chaos` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.storm import storm


@pytest.mark.slow
async def test_nothing_is_lost_doubled_or_left_wrong_when_the_server_is_killed_at_random_moments(
    tmp_path: Path,
) -> None:
    report = await storm(tmp_path, kills=8, seed=3)

    assert report.violations == [], str(report)
    assert report.kills >= 8
    assert report.deployments, "nobody asked for anything"

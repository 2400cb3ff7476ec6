"""The main job, through the front door: Slack on one side, Jenkins on the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.house import DANA, House


@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_slash_deploy_staging_runs_the_job_once_and_the_card_ends_in_success(
    tmp_path: Path, transport: str
) -> None:
    async with House(tmp_path, transport=transport) as house:
        said = await house.say(DANA, "/deploy checkout staging")

        assert said["ok"], said
        card = await house.card("Succeeded")
        assert len(house.cards()) == 1
        assert len(house.runs()) == 1
        assert house.slack.refused == []
        assert "1.2.3" in card["text"]

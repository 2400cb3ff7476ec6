"""Words that are not whole, or mistyped: nothing happens, and what is suggested does what was asked and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.house import DANA, House

NOW = "/deploy checkout 1.2.3 production"


@pytest.mark.parametrize(
    ("words", "sentence", "whole"),
    [
        (f"{NOW} at", "When? Nothing follows “at”.", f"{NOW} at 14:00"),
        (f"{NOW} at the", "When? Nothing follows “at”.", f"{NOW} at 14:00"),
        ("/deploy checkout staging in", "When? Nothing follows “in”.", "/deploy checkout staging in 2h"),
        ("/deploy checkout 3.0.0 staging to", "To which version? Nothing follows “to”.", "/deploy checkout 3.0.0 staging"),
        ("/rollback checkout staging to", "To which version? Nothing follows “to”.", "/deploy rollback checkout staging to …"),
        ("/promote checkout from staging to", "Where to? Nothing follows “to”.", "/deploy promote checkout from staging to production"),
    ],
)  # fmt: skip
async def test_a_command_that_ends_with_a_preposition_is_asked_back(
    tmp_path: Path, words: str, sentence: str, whole: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, words)

        assert f"`{whole}`" in await house.whispered(DANA, sentence)
        assert (house.runs(), house.cards()) == ([], [])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (f"{NOW} at noonish", "“noonish” is not a time."),
        (f"{NOW} at 14:0", "“14:0” is not a time."),
        (f"{NOW} at lunch", "“lunch” is not a time."),
        (f"{NOW} in lunch", "“lunch” is not a length of time."),
        (f"{NOW} tonight", "“tonight” is not a time."),
        (f"{NOW} tommorow", "“tommorow” could be a version, or a mistyped time."),
        (f"{NOW} yesterday", "“yesterday” has passed."),
        (f"{NOW} in -2h", "“-2h” has passed."),
        (f"{NOW} 2 hours ago", "“2 hours ago” has passed."),
        (f"{NOW} last friday", "“last friday” has passed."),
        ("/deploy checkout production tommorow", "“tommorow” could be a version, or a mistyped time."),
        ("/deploy checkout production later", "“later” could be a version, or a mistyped time."),
        ("/rollback checkout production at 14:00", "A rollback starts at once: it takes no “at 14:00”."),
    ],
)
async def test_a_mistyped_time_is_never_a_version_that_is_deployed_now(
    tmp_path: Path, words: str, sentence: str
) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, words)

        told = await house.whispered(DANA, sentence)
        assert re.search(r"`/deploy (rollback )?checkout [^`]*production[^`]*`", told), told
        assert (house.runs(), house.cards()) == ([], [])


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("/deploy plan chekout production", "/deploy plan checkout production"),
        ("/deploy plan checkout", "/deploy plan checkout staging"),
        ("/deploy plan chekout prodction", "/deploy plan checkout production"),
        ("/deploy checkout plan", "/deploy plan checkout staging"),
        ("/deploy why chekout production", "/deploy why checkout production"),
    ],
)
async def test_what_is_suggested_for_a_plan_is_a_plan(tmp_path: Path, words: str, whole: str) -> None:
    async with House(tmp_path) as house:
        await house.say(DANA, words)
        told = await house.whispered(DANA, f"`{whole}`")
        assert re.findall(r"`(/deploy [^`]*)`", told) == [whole]

        await house.say(DANA, whole)

        await house.whispered(DANA, "checkout")
        assert (house.runs(), house.cards()) == ([], [])

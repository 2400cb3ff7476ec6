"""A version's name that leads to another commit than it did: what people approved, and what ran, is never taken for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.kinds import Kind
from bot.sandbox.repositories import Step
from tests.e2e.house import DANA, LONG, SAM, SOFIA, jobs, long_jobs
from tests.e2e.shop import Shop, seen
from tests.e2e.test_rollback import NINES_FAIL, block, dialog, versions

OPEN: dict[str, Any] = {"approve": [], "break_glass": []}
BOTH: dict[str, Any] = {"approve": ["2 of sre"]}


async def gone_out(shop: Shop, words: str, *approvers: str) -> None:
    """Asked for, approved by these, and there."""
    index = len(shop.cards())
    await shop.say(DANA, f"/deploy checkout {words}")
    if approvers:
        await shop.card("Waiting for approval", index=index)
        await shop.approve(*approvers)
    await shop.card("Succeeded", index=index)


async def pushed(shop: Shop, branch: str = "main", **more: Any) -> None:
    """Somebody pushes to a branch, and everybody who asks sees it."""
    shop.origin.grow(Step(subject="Sneaked in (#666)", author="Eve", branch=branch, **more))
    shop.clock.advance(120)


# --- approvals ------------------------------------------------------------------------------------------------


async def test_a_name_that_nobody_knew_is_approved_anew_once_it_leads_somewhere(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.say(DANA, "/deploy checkout feature-x production")
        await shop.click(SAM, await shop.card("Waiting for approval"), "approve")
        await shop.until(lambda: "Approved by" in seen(shop.cards()[0]))
        await pushed(shop, "feature-x", start="main")
        await shop.click(SOFIA, await shop.card("Waiting for approval"), "approve")

        now = shop.origin.commit("feature-x")
        await shop.until(lambda: f"digest is new: {now}" in seen(shop.cards()[0]))
        assert shop.runs() == []
        (known,) = await shop.audit("version_moved")
        assert now in known["detail"]
        await shop.approve(SAM, SOFIA)
        await shop.card("Succeeded")
        assert (await shop.deployment()).digest == now


async def test_a_job_that_is_told_the_commit_is_told_the_one_that_was_approved_when_it_became_known(
    tmp_path: Path,
) -> None:
    place = {"parameters": {"VERSION": "{{ version }}@{{ digest }}"}}
    async with Shop(tmp_path, policy={"approve": ["1 of sre"]}) as shop:
        await shop.restart(services={"checkout": {"environments": {"production": place}}})
        await shop.say(DANA, "/deploy checkout feature-x production")
        card = await shop.card("Waiting for approval")
        await pushed(shop, "feature-x", start="main")
        await shop.click(SAM, card, "approve")
        await shop.until(lambda: "digest is new" in seen(shop.cards()[0]))
        await shop.approve(SAM)

        await shop.card("Succeeded")
        assert versions(shop) == [f"feature-x@{shop.origin.commit('feature-x')}"]


async def test_a_name_that_stays_unknown_is_deployed_as_it_was_approved(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await gone_out(shop, "feature-x production", SAM, SOFIA)

        assert (await shop.deployment()).digest == ""


async def test_what_was_approved_waits_until_it_can_be_told_which_commit_it_is(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy={"approve": ["1 of sre"]}) as shop:
        await shop.say(DANA, "/deploy checkout main production")
        await shop.card("Waiting for approval")
        away = shop.origin.folder.rename(tmp_path / "away")
        shop.clock.advance(120)
        await shop.approve(SAM)
        await shop.until(lambda: "Which commit checkout main is can't be known now" in seen(shop.cards()[0]))
        assert (await shop.deployment()).waits == "commit_unknown"
        assert shop.runs() == []
        away.rename(shop.origin.folder)
        shop.clock.advance(60)

        await shop.card("Succeeded")


async def test_a_rollback_goes_on_while_its_repository_is_away(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=OPEN) as shop:
        await gone_out(shop, "main production")
        await gone_out(shop, "1.4.3 production removing")
        shop.origin.folder.rename(tmp_path / "away")
        shop.clock.advance(120)
        await shop.say(DANA, "/deploy plan rollback checkout production")
        await shop.whispered(DANA, "Which commit checkout main is can't be known now")
        await shop.say(DANA, "/rollback checkout production")

        await shop.card("Succeeded", index=2)
        assert versions(shop)[-1] == "main"


async def test_what_can_not_be_told_takes_nobodys_place_in_the_queue(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy={"approve": ["1 of sre"]}, jenkins_jobs=long_jobs()) as shop:
        for index, version in enumerate(("1.4.1", "1.4.2", "main")):
            await shop.say(DANA, f"/deploy checkout {version} production")
            await shop.card("Waiting for approval", index=index)
        for index in (0, 1):
            await shop.click(SAM, shop.cards()[index], "approve")
            await shop.card("Queued" if index else "Running", index=index)
        shop.origin.folder.rename(tmp_path / "away")
        shop.clock.advance(120)
        await shop.click(SAM, shop.cards()[2], "approve")
        await shop.card("Queued", index=2)
        shop.clock.advance(LONG)

        await shop.card("Running", index=1)
        assert await shop.audit("superseded") == []


# --- order and promotion --------------------------------------------------------------------------------------


async def test_a_promotion_of_what_ran_while_nobody_knew_its_commit_is_refused(tmp_path: Path) -> None:
    policy = {**OPEN, "after": ["staging"], "bake": "1m"}
    async with Shop(tmp_path, policy=policy) as shop:
        await gone_out(shop, "feature-x staging")
        await pushed(shop, "feature-x", start="main")
        await shop.say(DANA, "/promote checkout")
        await shop.whispered(DANA, "Which commit checkout feature-x was when it ran before is not known")
        await shop.say(DANA, "/deploy checkout feature-x production")
        told = await shop.whispered(DANA, "can't be told: nobody knew its commit then")
        assert "`/deploy checkout feature-x staging` deploys it there" in told
        assert len(shop.runs()) == 1

        await gone_out(shop, "feature-x staging")
        shop.clock.advance(120)
        await shop.say(DANA, "/promote checkout")
        await shop.card("Succeeded", index=2)
        assert (await shop.deployment(3)).digest == shop.origin.commit("feature-x")


async def test_a_name_that_leads_somewhere_while_people_decide_was_never_in_staging(tmp_path: Path) -> None:
    policy = {"approve": ["1 of sre"], "after": ["staging"]}
    async with Shop(tmp_path, policy=policy) as shop:
        await gone_out(shop, "feature-x staging")
        await shop.say(DANA, "/promote checkout")
        await shop.card("Waiting for approval", index=1)
        await pushed(shop, "feature-x", start="main")
        await shop.approve(SAM)

        await shop.card("Refused", index=1)
        assert len(shop.runs()) == 1


async def test_one_side_without_a_commit_is_not_what_runs_there_already(tmp_path: Path) -> None:
    policy = {**OPEN, "after": ["staging"]}
    async with Shop(tmp_path, policy=policy) as shop:
        await gone_out(shop, "feature-x staging")
        await gone_out(shop, "feature-x production")
        await pushed(shop, "feature-x", start="main")
        await gone_out(shop, "feature-x staging")
        await shop.say(DANA, "/promote checkout")

        await shop.card("Succeeded", index=3)
        assert (await shop.deployment(4)).digest == shop.origin.commit("feature-x")


# --- rollbacks ------------------------------------------------------------------------------------------------


async def test_a_rollback_to_a_name_that_moved_is_refused_with_the_way_out(tmp_path: Path) -> None:
    policy = {**BOTH, "rollback_approve": [], "after": ["staging"]}
    async with Shop(tmp_path, policy=policy) as shop:
        await gone_out(shop, "main staging")
        await gone_out(shop, "main production", SAM, SOFIA)
        await gone_out(shop, "1.4.3 staging removing")
        await gone_out(shop, "1.4.3 production removing", SAM, SOFIA)
        before = shop.origin.commit("main")
        await pushed(shop)
        await shop.say(DANA, "/rollback checkout production to main")

        told = await shop.whispered(DANA, "checkout main is another commit now")
        assert f"({shop.origin.commit('main')[:12]}) than the one that was asked for ({before[:12]})" in told
        assert "`/deploy checkout main production` asks for the one of now, like any deployment" in told
        assert len(shop.runs()) == 4


async def test_a_name_that_moves_while_people_decide_on_its_rollback_is_not_run(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=BOTH) as shop:
        await gone_out(shop, "main production", SAM, SOFIA)
        await gone_out(shop, "1.4.3 production removing", SAM, SOFIA)
        await shop.say(DANA, "/rollback checkout production to main")
        await shop.card("Waiting for approval", index=2)
        await pushed(shop)
        await shop.approve(SAM, SOFIA)

        await shop.card("Refused", index=2)
        assert (await shop.deployment(3)).reason == "version_moved"
        assert len(shop.runs()) == 2


async def test_the_last_good_version_is_one_whose_name_still_means_what_ran(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=OPEN) as shop:
        for words in ("1.4.2", "main", "1.4.3"):
            await gone_out(shop, f"{words} production removing")
        await pushed(shop)
        await shop.click(DANA, shop.cards()[2], "rollback")
        view = await dialog(shop, DANA, "What would happen")
        assert [one["text"]["text"].split()[0] for one in block(view, "to")["element"]["options"]] == [
            "1.4.2"
        ]
        await shop.say(DANA, "/rollback checkout production")

        await shop.card("Succeeded", index=3)
        assert versions(shop)[-1] == "1.4.2"


async def test_the_engine_rolls_nothing_back_to_a_name_that_moved(tmp_path: Path) -> None:
    policy = {**BOTH, "auto_rollback": "run"}
    async with Shop(tmp_path, policy=policy, jenkins_jobs=jobs(**NINES_FAIL)) as shop:
        await gone_out(shop, "main production", SAM, SOFIA)
        await pushed(shop)
        await shop.say(DANA, "/deploy checkout 9.0.0 production")
        await shop.card("Waiting for approval", index=1)
        await shop.approve(SAM, SOFIA)
        failed = await shop.card("Failed", index=1)

        await shop.replied(failed, "could not be rolled back by itself")
        await shop.replied(failed, "main (#1) ran there, and its name means another commit now")
        assert versions(shop) == ["main", "9.0.0"]


async def test_what_ran_while_nobody_knew_its_commit_is_not_gone_back_to_once_one_is_known(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path, policy=OPEN) as shop:
        await gone_out(shop, "feature-x production")
        await gone_out(shop, "1.4.3 production")
        await pushed(shop, "feature-x", start="main")
        await shop.say(DANA, "/rollback checkout production to feature-x")
        await shop.whispered(DANA, "Which commit checkout feature-x was when it ran before is not known")
        await shop.say(DANA, "/rollback checkout production")

        await shop.whispered(DANA, "feature-x (#1) ran there, and which commit that was is not known")
        assert len(shop.runs()) == 2


async def test_a_job_that_is_told_the_commit_goes_back_to_it_whatever_became_of_its_name(
    tmp_path: Path,
) -> None:
    place = {"parameters": {"VERSION": "{{ version }}@{{ digest }}"}}
    async with Shop(tmp_path, policy=OPEN) as shop:
        await shop.restart(services={"checkout": {"environments": {"production": place}}})
        await gone_out(shop, "main production")
        before = shop.origin.commit("main")
        await gone_out(shop, "1.4.3 production removing")
        await pushed(shop)
        await shop.say(DANA, "/rollback checkout production")

        await shop.card("Succeeded", index=2)
        assert (await shop.deployment(3)).kind is Kind.ROLLBACK
        assert versions(shop)[-1] == f"main@{before}"


async def test_a_rollback_that_is_asked_for_again_is_of_the_commit_that_it_was_of(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=BOTH) as shop:
        await gone_out(shop, "main production", SAM, SOFIA)
        await gone_out(shop, "1.4.2 production removing", SAM, SOFIA)
        await shop.say(DANA, "/rollback checkout production to main")
        await shop.click(DANA, await shop.card("Waiting for approval", index=2), "cancel")
        cancelled = await shop.card("Cancelled", index=2)
        await pushed(shop)
        await gone_out(shop, "main production", SAM, SOFIA)
        await gone_out(shop, "1.4.3 production removing", SAM, SOFIA)
        before, now = (await shop.deployment(1)).digest, (await shop.deployment(4)).digest
        await shop.click(DANA, cancelled, "redeploy")

        told = await shop.whispered(DANA, "which was asked for")
        assert (
            f"checkout main was {now[:12]} when it succeeded in production (#4), and not {before[:12]}"
            in told
        )
        assert len(shop.runs()) == 4


async def test_another_name_of_what_is_there_is_no_way_back(tmp_path: Path) -> None:
    async with Shop(tmp_path, policy=OPEN) as shop:
        shop.origin.grow(Step(subject="The same", branch="hotfix-x", start="main", tags=("v1.6.0",)))
        await gone_out(shop, "hotfix-x production")
        await gone_out(shop, "1.6.0 production")
        await shop.say(DANA, "/rollback checkout production to hotfix-x")

        await shop.whispered(DANA, "checkout hotfix-x is what there is to go back from in production (#2)")

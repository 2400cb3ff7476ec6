"""What is going out: commits, pull requests, authors, tickets between what runs now and what is asked, and what would be lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Parameter, Past
from bot.sandbox.repositories import Step
from tests.e2e.house import DANA, OLU, PARAMETERS, SAM, SOFIA, jobs, long_jobs
from tests.e2e.shop import Shop, seen

OPEN = {"policies": {"production": {"approve": []}}}


async def live_in_production(shop: Shop, version: str) -> None:
    await shop.say(DANA, f"/deploy checkout {version} production")
    await shop.approve(SAM, SOFIA)
    await shop.card("Succeeded")


# --- shown ----------------------------------------------------------------------------------------------------


async def test_the_plan_says_what_is_going_out_with_pull_requests_tickets_and_authors(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.2", DANA)
        await shop.say(DANA, "/deploy plan checkout 1.5.0 staging")

        told = await shop.whispered(DANA, "Plan, nothing happens")
        assert "Going out: 5 commits by Sam Sato, Dana Diaz and Olu Okafor" in told
        assert "pull requests #131, #130, #127, #124, #123" in told
        assert "SHOP-48, SHOP-51, SHOP-42" in told
        assert "+ SHOP-42: Show prices with tax (#123) by Dana Diaz" in told


async def test_the_plan_says_what_would_be_lost_and_how_to_say_that_it_is_meant(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("hotfix-rounding", OLU)
        await shop.say(DANA, "/deploy plan checkout 1.4.3 staging")

        told = await shop.whispered(DANA, "Plan, nothing happens")
        assert "It would be refused" in told
        assert "This removes 2 live commits by Olu Okafor." in told
        assert "`/deploy checkout 1.4.3 staging removing`" in told
        assert "Takes away 2 live commits by Olu Okafor." in told
        assert "− SHOP-60: Round refunds as well (#122) by Olu Okafor" in told


async def test_the_card_of_a_release_says_it_of_each_part(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await live_in_production(shop, "1.4.2")
        await shop.say(DANA, "/deploy release checkout=1.4.3 payments=2.0.1 to production")

        card = await shop.card("Waiting for approval", index=1)
        await shop.until(lambda: "*checkout*: Going out: 2 commits by" in seen(shop.cards()[1]))
        assert "SHOP-42" in seen(shop.cards()[1])
        assert seen(shop.cards()[1]).index("*payments* `2.0.1`") < seen(shop.cards()[1]).index("Going out")
        await shop.replied(card, "Show prices with tax")


async def test_approvers_see_it_on_the_card_and_at_length_below_it(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await live_in_production(shop, "1.4.2")
        await shop.say(DANA, "/deploy checkout 1.4.3 production")

        card = await shop.card("Waiting for approval")
        assert "Going out: 2 commits by Sam Sato and Dana Diaz · pull requests #124, #123 · SHOP-42" in seen(
            card
        )
        note = await shop.replied(card, "wants to deploy")
        assert "+ SHOP-42: Show prices with tax (#123) by Dana Diaz" in note["text"]
        assert "+ Log what the bank answered, without card numbers (#124) by Sam Sato" in note["text"]


async def test_approvers_see_what_would_be_lost(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await live_in_production(shop, "hotfix-rounding")
        await shop.say(DANA, "/deploy checkout 1.4.3 production removing")

        card = await shop.card("Waiting for approval")
        assert "*Takes away 2 live commits by Olu Okafor.*" in seen(card)
        note = await shop.replied(card, "wants to deploy")
        assert "− SHOP-60: Round to five cents in Geneva (#121) by Olu Okafor" in note["text"]


async def test_where_github_shows_it_the_card_links_there(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.config["services"]["checkout"]["repository"]["github"] = "harbour/checkout"
    async with shop:
        await shop.runs_there("1.4.2", DANA)
        card = await shop.runs_there("1.4.3", DANA)

        live, asked = shop.origin.commit("v1.4.2"), shop.origin.commit("v1.4.3")
        base = "https://github.com/harbour/checkout"
        assert f"<{base}/compare/{live}...{asked}|compare>" in seen(card)
        assert f"<{base}/pull/124|#124>" in seen(card)


async def test_the_first_deployment_has_nothing_to_compare_with_and_says_nothing(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        card = await shop.runs_there("1.4.2", DANA)

        assert "oing out" not in seen(card)
        one = await shop.deployment()
        assert (one.digest, one.outgoing) == (shop.origin.commit("v1.4.2"), None)


async def test_the_same_again_says_that_nothing_is_new(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.2", DANA)
        await shop.say(DANA, "/deploy plan checkout 1.4.2 staging")

        assert "Nothing new: the same commit" in await shop.whispered(DANA, "Plan, nothing happens")


async def test_what_git_holds_becomes_no_markup_and_mentions_nobody(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.2", DANA)
        shop.origin.grow(
            Step(subject="*bold* <!channel> <@U0DANA0001> `x`", author="Eve *here*", tags=("v1.9.0",))
        )
        await shop.say(DANA, "/deploy plan checkout 1.9.0 staging")

        told = await shop.whispered(DANA, "Plan, nothing happens")
        assert "+ ∗bold* &lt;!channel&gt; &lt;@U0DANA0001&gt; ˋxˋ by Eve ∗here*" in told


# --- when it can't be known -----------------------------------------------------------------------------------


async def test_a_repository_that_is_away_stops_nobody_and_the_card_says_that_it_is_not_known(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.2", DANA)
        shop.origin.folder.rename(tmp_path / "moved")
        shop.clock.advance(120)
        await shop.say(DANA, "/deploy plan checkout hotfix-rounding staging")
        assert "what goes out is not known" in await shop.whispered(DANA, "Plan, nothing happens")

        await shop.say(DANA, "/deploy checkout hotfix-rounding staging")
        await shop.card("Succeeded", index=1)
        one = await shop.deployment(2)
        assert one.digest == ""
        assert one.outgoing is not None
        assert "there is no such repository" in one.outgoing.why


async def test_a_version_that_the_repository_does_not_know_is_deployed_without_a_digest(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.2", DANA)
        card = await shop.runs_there("7.7.7", DANA)

        assert (await shop.deployment(2)).digest == ""
        assert "oing out" not in seen(card)


async def test_what_was_deployed_before_there_was_a_repository_is_compared_by_its_version(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path, repository={}) as shop:
        await shop.runs_there("1.4.2", DANA)
        assert (await shop.deployment()).digest == ""
        known = {"git": str(shop.origin.folder), "version_to_ref": "v{{ version }}"}
        await shop.restart(services={"checkout": {"repository": known}})
        card = await shop.runs_there("1.4.3", DANA)

        assert "Going out: 2 commits" in seen(card)


# --- the gate: what would be lost ------------------------------------------------------------------------------


async def test_who_would_take_away_live_commits_is_refused_until_he_says_that_it_is_meant(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("hotfix-rounding", OLU)
        await shop.say(DANA, "/deploy checkout 1.5.0 staging")
        await shop.whispered(DANA, "This removes 2 live commits by Olu Okafor.")
        assert len(shop.cards()) == 1

        await shop.say(DANA, "/deploy checkout 1.5.0 staging removing")
        card = await shop.card("Succeeded", index=1)
        assert "*Takes away 2 live commits by Olu Okafor.*" in seen(card)


async def test_going_back_by_name_takes_away_too_and_has_to_be_meant(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.runs_there("1.4.3", DANA)
        await shop.say(DANA, "/deploy checkout 1.4.2 staging")

        assert "`/deploy checkout 1.4.2 staging removing`" in await shop.whispered(
            DANA, "This removes 2 live commits"
        )


async def test_what_went_out_while_it_waited_is_not_taken_away_by_accident(tmp_path: Path) -> None:
    config = {"policies": {"staging": {"supersede": False}}}
    async with Shop(tmp_path, config=config, jenkins_jobs=long_jobs()) as shop:
        await shop.say(DANA, "/deploy checkout 1.4.2 staging")
        await shop.card("Running")
        await shop.say(OLU, "/deploy checkout hotfix-rounding staging")
        await shop.say(DANA, "/deploy checkout 1.4.3 staging")
        await shop.card("Queued", index=2)
        shop.clock.advance(600)
        await shop.card("Succeeded", index=0)
        await shop.card("Running", index=1)
        shop.clock.advance(600)

        await shop.card("Succeeded", index=1)
        refused = await shop.card("Refused", index=2)
        assert "This removes 2 live commits by Olu Okafor." in refused["text"]


# --- what was approved is what runs ----------------------------------------------------------------------------


async def test_a_branch_that_goes_on_while_people_decide_voids_their_approvals(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.say(DANA, "/deploy checkout main production")
        before = shop.origin.commit("main")
        await shop.click(SAM, await shop.card("Waiting for approval"), "approve")
        shop.origin.grow(Step(subject="Sneaked in (#150)", author="Eve"))
        shop.clock.advance(120)
        await shop.click(SOFIA, await shop.card("Waiting for approval"), "approve")

        card = await shop.until(lambda: next((c for c in shop.cards() if "digest was" in seen(c)), None))
        assert "Earlier approvals are void, because this changed:" in seen(card)
        (moved,) = await shop.audit("version_moved")
        assert before in moved["detail"]
        assert shop.runs() == []
        await shop.approve(SAM, SOFIA)
        await shop.card("Succeeded")
        assert (await shop.deployment()).digest == shop.origin.commit("main")


async def test_a_branch_that_nobody_had_to_approve_is_deployed_as_it_is_when_its_turn_comes(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path, jenkins_jobs=long_jobs()) as shop:
        await shop.say(DANA, "/deploy checkout 1.4.2 staging")
        await shop.card("Running")
        await shop.say(DANA, "/deploy checkout main staging")
        await shop.card("Queued", index=1)
        shop.origin.grow(Step(subject="One more (#150)"))
        shop.clock.advance(600)

        card = await shop.card("Running", index=1)
        assert (await shop.deployment(2)).digest == shop.origin.commit("main")
        assert "Going out: 6 commits" in seen(card)
        shop.clock.advance(600)
        await shop.card("Succeeded", index=1)


async def test_a_job_that_is_told_the_commit_runs_the_one_that_was_approved(tmp_path: Path) -> None:
    told = {"environments": {"production": {"parameters": {"VERSION": "{{ version }}@{{ digest }}"}}}}
    shop = Shop(tmp_path)
    shop.config["services"]["checkout"] |= told
    async with shop:
        await shop.say(DANA, "/deploy checkout main production")
        await shop.card("Waiting for approval")
        asked = shop.origin.commit("main")
        shop.origin.grow(Step(subject="Sneaked in (#150)", author="Eve"))
        shop.clock.advance(120)
        await shop.approve(SAM, SOFIA)

        await shop.card("Succeeded")
        (run,) = shop.runs()
        assert run.values["VERSION"] == f"main@{asked}"


@pytest.mark.parametrize("mode", ["by digest", "{{ 'known' if digest else 'unknown' }}"])
async def test_a_parameter_that_only_speaks_of_a_digest_tells_the_job_no_commit(
    tmp_path: Path, mode: str
) -> None:
    place = {"parameters": {"VERSION": "{{ version }}", "MODE": mode}}
    config = {"services": {"checkout": {"environments": {"production": place}}}}
    parameters = (*PARAMETERS, Parameter(name="MODE"))
    async with Shop(tmp_path, jenkins_jobs=jobs(parameters=parameters)) as shop:
        await shop.restart(**config)
        await shop.say(DANA, "/deploy checkout main production")
        await shop.click(SAM, await shop.card("Waiting for approval"), "approve")
        await shop.until(lambda: "Approved by" in seen(shop.cards()[0]))
        shop.origin.grow(Step(subject="Sneaked in (#150)", author="Eve"))
        shop.clock.advance(120)
        await shop.click(SOFIA, await shop.card("Waiting for approval"), "approve")

        await shop.until(lambda: "digest was" in seen(shop.cards()[0]))
        assert shop.runs() == []


# --- the gate: built green -------------------------------------------------------------------------------------


async def test_what_was_never_built_green_is_refused(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={}) as shop:
        await shop.say(DANA, "/deploy checkout 9.9.9 staging")
        await shop.whispered(DANA, "checkout 9.9.9 was never built, as far as I can see.")
        await shop.say(DANA, "/deploy checkout 1.6.0 staging")
        told = await shop.whispered(DANA, "checkout 1.6.0 was built (#7), and the build failed.")
        assert "deploy one that was built: `/deploy checkout 1.5.0 staging`" in told
        await shop.say(DANA, "/deploy checkout v1.4.2 staging")
        told = await shop.whispered(DANA, "checkout v1.4.2 was never built")
        assert "deploy one that was built: `/deploy checkout 1.4.2 staging`" in told
        assert shop.cards() == []
        await shop.runs_there("1.4.2", DANA)


async def test_a_build_that_ended_well_a_moment_ago_lets_its_version_through(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={}) as shop:
        await shop.say(DANA, "/deploy checkout 9.9.9 staging")
        await shop.whispered(DANA, "was never built")
        state = shop.jenkins.engine.jobs["build-checkout"]
        shop.jenkins.engine._remember(state, Past(values={"VERSION": "9.9.9"}, ago=0))
        shop.clock.advance(5)
        await shop.runs_there("9.9.9", DANA)


async def test_where_failed_builds_may_be_deployed_nothing_is_refused_for_them(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={"only_green": False}) as shop:
        await shop.runs_there("1.6.0", DANA)


async def test_while_the_builds_can_not_be_asked_about_the_plan_says_so_and_the_deployment_waits(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path, builds={"job": "nothing"}) as shop:
        await shop.say(DANA, "/deploy plan checkout 1.4.2 staging")
        told = await shop.whispered(DANA, "Plan, nothing happens")
        assert "can't be known now" in told
        assert "It would wait" in told
        await shop.say(DANA, "/deploy checkout 1.4.2 staging")

        card = await shop.card("Whether checkout 1.4.2 was ever built green can't be known now")
        await shop.click(DANA, card, "cancel")
        await shop.card("Cancelled")


async def test_what_waits_for_word_of_its_build_goes_on_by_itself(tmp_path: Path) -> None:
    async with Shop(tmp_path, builds={"fresh_for": "1s"}) as shop:
        await shop.runs_there("1.4.2", DANA)
        shop.clock.advance(60)
        # Only the list of builds is cut off: the job itself answers.
        shop.jenkins.set_faults(Faults(mode="503", path="build-checkout"))
        await shop.say(DANA, "/deploy checkout 1.4.3 staging")
        await shop.card("Queued", index=1)
        shop.jenkins.set_faults(Faults())

        await shop.card("Succeeded", index=1)


@pytest.mark.parametrize("words", ["--upload-pack=x", "-x"])
async def test_a_version_that_looks_like_an_option_is_no_version(tmp_path: Path, words: str) -> None:
    async with Shop(tmp_path) as shop:
        await shop.say(DANA, f"/deploy checkout {words} staging")

        await shop.until(lambda: shop.whispers(DANA))
        assert shop.cards() == []


async def test_a_repository_that_is_configured_while_the_server_runs_is_used_after_a_reload(
    tmp_path: Path,
) -> None:
    async with Shop(tmp_path, repository={}, config={"administrators": ["owners"]}) as shop:
        await shop.runs_there("1.4.2", DANA)
        known = {"git": str(shop.origin.folder), "version_to_ref": "v{{ version }}"}
        shop.write(services={"checkout": {"repository": known}})
        await shop.say(OLU, "/deploy reload")
        await shop.whispered(OLU, "is in force")
        card = await shop.runs_there("1.4.3", DANA)

        assert "Going out: 2 commits" in seen(card)


async def test_why_says_that_a_branch_went_on_while_people_decide(tmp_path: Path) -> None:
    async with Shop(tmp_path) as shop:
        await shop.say(DANA, "/deploy checkout main production")
        await shop.card("Waiting for approval")
        shop.origin.grow(Step(subject="Sneaked in (#150)", author="Eve"))
        shop.clock.advance(120)
        await shop.say(DANA, "/deploy why checkout production")

        assert "checkout main is another commit now" in await shop.whispered(DANA, "In the way of")


async def test_a_host_that_hangs_holds_nobody_up_for_long(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]
        config = {"repositories": {"wait": "500ms", "fetch_within": "60s"}}
        repository = {"git": f"http://127.0.0.1:{port}/shop.git"}
        async with Shop(tmp_path, repository=repository, config=config) as shop:
            await shop.runs_there("1.4.2", DANA)
            async with asyncio.timeout(30):
                card = await shop.runs_there("1.4.3", DANA)

            assert "oing out" not in seen(card), "it has ended: that it is not known matters no more"
            one = await shop.deployment(2)
            assert one.outgoing is not None
            assert "is still being asked" in one.outgoing.why

"""What a service's history promises, whether a clone or GitHub tells it; over real repositories and real sockets."""

from __future__ import annotations

import pytest

from bot.errors import Unreachable
from bot.outgoing import MOST
from bot.sandbox.repositories import Step
from bot.sources.history import NotThere
from tests.histories import WAYS, Told


@pytest.fixture(params=sorted(WAYS))
async def told(request, tmp_path):
    async with WAYS[request.param](tmp_path) as told:
        yield told


async def test_a_version_is_the_commit_of_the_tag_that_it_becomes(told: Told):
    assert await told.history.resolve("1.4.2") == told.origin.commit("v1.4.2")


async def test_a_tag_may_be_typed_as_it_is_called(told: Told):
    assert await told.history.resolve("v1.4.2") == told.origin.commit("v1.4.2")


async def test_a_branch_is_the_commit_at_its_end(told: Told):
    assert await told.history.resolve("hotfix-rounding") == told.origin.commit("hotfix-rounding")


async def test_a_tag_comes_before_a_branch_of_the_same_name(told: Told):
    told.origin.git("update-ref", "refs/heads/v1.4.2", told.origin.commit("main"))
    assert await told.history.resolve("1.4.2") == told.origin.commit("refs/tags/v1.4.2")


async def test_a_commit_may_be_named_by_its_id_or_its_beginning(told: Told):
    whole = told.origin.commit("v1.4.1")
    assert await told.history.resolve(whole) == whole
    assert await told.history.resolve(whole[:10]) == whole


async def test_an_annotated_tag_is_the_commit_behind_it(told: Told):
    told.origin.git("-c", "user.name=D", "-c", "user.email=d@x", "tag", "-a", "-m", "x", "v9.0", "v1.4.0")
    assert await told.history.resolve("9.0") == told.origin.commit("v1.4.0")


@pytest.mark.parametrize(
    "version",
    [
        "nothing",
        "--upload-pack=touch /tmp/x",
        "-h",
        "v1.4.2^",
        "main~1",
        "HEAD",
        "a..b",
        "@{-1}",
        "x y",
        "",
        ":/x",
    ],
)
async def test_what_names_nothing_is_empty_and_never_an_option_or_an_expression_of_git(
    told: Told, version: str
):
    assert await told.history.resolve(version) == ""


async def test_a_name_that_leads_to_no_commit_is_nothing(told: Told):
    blob = told.origin.git("hash-object", "-w", "--stdin", given="a file")
    told.origin.git("tag", "v7.0", blob.strip())
    assert await told.history.resolve("7.0") == ""


async def test_a_tag_that_was_pushed_a_moment_ago_is_found(told: Told):
    assert await told.history.resolve("1.6.0") == ""
    told.origin.grow(Step(subject="New (#140)", tags=("v1.6.0",)))
    told.clock.advance(3)
    assert await told.history.resolve("1.6.0") == told.origin.commit("v1.6.0")


async def test_a_branch_that_moved_is_seen_when_what_is_known_is_too_old(told: Told):
    before = await told.history.resolve("main")
    told.origin.grow(Step(subject="New (#140)"))
    told.clock.advance(61)
    assert await told.history.resolve("main") == told.origin.commit("main") != before


async def test_while_the_host_is_away_what_does_not_move_is_still_known_and_a_branch_is_not(told: Told):
    known = await told.history.resolve("1.4.2")
    await told.history.resolve("main")
    await told.away()
    told.clock.advance(61)
    assert await told.history.resolve("1.4.2") == known
    with pytest.raises(Unreachable):
        await told.history.resolve("main")
    with pytest.raises(Unreachable):
        await told.history.resolve("9.9.9")


async def test_a_comparison_tells_what_comes_newest_first(told: Told):
    found = await told.history.compare(told.origin.commit("v1.4.2"), told.origin.commit("v1.4.3"))
    assert [one.subject for one in found.added] == [
        "Log what the bank answered, without card numbers (#124)",
        "SHOP-42: Show prices with tax (#123)",
    ]
    assert [one.author for one in found.added] == ["Sam Sato", "Dana Diaz"]
    assert found.added[0].sha == told.origin.commit("v1.4.3")
    assert found.added[0].at - found.added[1].at == 5 * 3600
    assert (found.added_count, found.removed_count, found.removed) == (2, 0, ())


async def test_a_comparison_tells_what_goes(told: Told):
    found = await told.history.compare(told.origin.commit("hotfix-rounding"), told.origin.commit("v1.4.3"))
    assert (found.added_count, found.removed_count) == (2, 2)
    assert [one.subject for one in found.removed] == [
        "SHOP-60: Round refunds as well (#122)",
        "SHOP-60: Round to five cents in Geneva (#121)",
    ]
    assert {one.author for one in found.removed} == {"Olu Okafor"}


async def test_going_back_only_takes_away(told: Told):
    found = await told.history.compare(told.origin.commit("v1.4.3"), told.origin.commit("v1.4.2"))
    assert (found.added_count, found.removed_count, len(found.removed), found.added) == (0, 2, 2, ())


async def test_the_same_commit_brings_and_takes_nothing(told: Told):
    here = told.origin.commit("v1.4.3")
    found = await told.history.compare(here, here)
    assert (found.added, found.removed, found.added_count, found.removed_count) == ((), (), 0, 0)


async def test_the_lists_are_bounded_to_the_newest_and_the_counts_are_true(told: Told):
    told.origin.grow(*(Step(subject=f"Change {n}") for n in range(300)))
    found = await told.history.compare(told.origin.commit("v1.5.0"), told.origin.commit("main"))
    assert found.added_count == 300
    assert [one.subject for one in found.added] == [f"Change {n}" for n in range(299, 299 - MOST, -1)]


async def test_a_subject_may_be_anything(told: Told):
    odd = 'A "quote" & <tag> \x1f\x01 ünï → 日本 `x` $(id)'
    told.origin.grow(Step(subject=odd, author="Ünï <Code"[:3], tags=("v2.0.0",)))
    found = await told.history.compare(told.origin.commit("v1.5.0"), told.origin.commit("v2.0.0"))
    assert found.added[0].subject == odd


async def test_a_commit_that_is_nowhere_is_said_to_be_missing(told: Told):
    with pytest.raises(NotThere):
        await told.history.compare("0" * 39 + "1", told.origin.commit("v1.5.0"))


async def test_tags_and_branches_are_listed_with_their_commits(told: Told):
    await told.history.known(10)
    names = {(one.kind, one.name): one.sha for one in told.history.names()}
    assert names["tags", "v1.4.2"] == told.origin.commit("v1.4.2")
    assert names["branches", "hotfix-rounding"] == told.origin.commit("hotfix-rounding")
    tags = [one.name for one in told.history.names() if one.kind == "tags"]
    assert tags == ["v1.5.0", "v1.4.3", "v1.4.2", "v1.4.1", "v1.4.0"]


async def test_what_was_listed_stays_known_while_the_host_is_away(told: Told):
    await told.history.known(10)
    await told.away()
    told.clock.advance(3600)
    await told.history.known(0)
    assert len(told.history.names()) == 7


async def test_a_check_asks_the_host_itself_whether_it_has_a_version(told: Told):
    assert await told.history.check("1.4.2")
    assert await told.history.check("hotfix-rounding")
    assert not await told.history.check("9.9.9")
    await told.away()
    with pytest.raises(Unreachable):
        await told.history.check("1.4.2")

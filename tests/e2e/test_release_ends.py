"""Releases: each has an end, also when a part never becomes a deployment, or when somebody is faster than its parts."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.deployments import deployment_id
from bot.events import Deploy, DeploymentEnded
from bot.events.releases import CancelRelease, PartRefused, ShowRelease
from bot.kinds import Kind
from bot.lifecycle import State
from bot.messages import message
from bot.people import Person, Place
from bot.reasons import Reason
from bot.saving import save_deployment
from bot.standing.releases import Part, Release
from tests.e2e.house import DANA, DEPLOYMENTS, GUS, House

RELEASE = "r0123456789"
SERVICES = ("checkout", "payments")
VERSIONS = {"services": {"payments": {"version_pattern": "v\\d+", "default_version": "v1"}}}


async def asked_for(house: House) -> None:
    """A release of two services to production whose parts nobody has looked at yet: there is no card of it."""
    new = Release(
        id=RELEASE,
        environment="production",
        owner=DANA,
        made_at=house.clock.now(),
        parts=tuple(
            Part(service=service, version="1.4.2", deployment=deployment_id(f"release/{RELEASE}/{service}"))
            for service in SERVICES
        ),
        requester=Person(id=DANA, name="dana"),
        place=Place(channel=DEPLOYMENTS),
        channel=DEPLOYMENTS,
    )
    await house.stand(new)
    await house.running.journal.publish(
        message(ShowRelease(release=RELEASE), id="show", at=house.clock.now())
    )
    await house.settled()
    assert house.cards() == []


async def checked(house: House) -> None:
    """The first part waits for approval. Without the other one there is no card."""

    async def waits() -> bool:
        return (await house.deployment()).state is State.AWAITING_APPROVAL

    await house.until(waits)
    assert house.cards() == []


async def cancel(house: House, name: str = "cancel") -> None:
    """DANA cancels the release by its card, wherever that is."""
    asked = CancelRelease(by=Person(id=DANA, name="dana"), place=Place(channel=DEPLOYMENTS), release=RELEASE)
    await house.running.journal.publish(message(asked, id=name, at=house.clock.now()))


async def part(house: House, service: str, user: str = DANA) -> None:
    """The message that asks for a part comes to its turn."""
    event = Deploy(
        by=Person(id=user, name=user),
        place=Place(channel=DEPLOYMENTS),
        service=service,
        environment="production",
        version_wanted="1.4.2",
        kind=Kind.RELEASE,
        release=RELEASE,
    )
    await house.running.journal.publish(
        message(event, id=f"release/{RELEASE}/{service}", at=house.clock.now())
    )

    async def decided() -> bool:
        """It is a deployment, or was refused before it became one."""
        release = await house.running.store.stood(RELEASE)
        assert isinstance(release, Release)
        [mine] = [one for one in release.parts if one.service == service]
        return mine.refused or await house.running.store.deployment(mine.deployment) is not None

    await house.until(decided)


async def stopped(house: House) -> dict[str, Any]:
    """Its card and the audit log, once it has ended."""
    card: dict[str, Any] = await house.card("Stopped: release of")
    found = await house.running.store.stood(RELEASE)
    assert found is not None
    assert found.ended_at
    (row,) = await house.audit("release_ended")
    assert (row["about"], bool(json.loads(row["detail"])["stopped"])) == (RELEASE, True)
    return card


@pytest.mark.parametrize("order", [SERVICES, tuple(reversed(SERVICES))])
async def test_a_release_with_a_part_that_was_refused_at_once_ends_with_the_others(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    async with House(tmp_path, config=VERSIONS) as house:
        await asked_for(house)
        for service in order:
            await part(house, service)

        card = await stopped(house)
        assert "payments 1.4.2 was refused: 1.4.2 is not a version that payments takes." in str(
            card["blocks"]
        )
        assert (await house.deployment()).state is State.REFUSED
        assert house.runs() == []


async def test_a_part_whose_author_may_not_speak_any_more_stops_the_others(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await asked_for(house)
        await part(house, "checkout")
        await checked(house)
        await part(house, "payments", user=GUS)

        card = await stopped(house)
        assert "Guests of the workspace" in str(card["blocks"])
        assert (await house.deployment()).state is State.REFUSED


async def test_a_release_of_which_every_part_was_refused_at_once_ends_with_a_row_of_the_audit_log(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await asked_for(house)
        for service in SERVICES:
            await part(house, service, user=GUS)

        await stopped(house)
        assert await house.running.store.recent(1) == []


async def test_a_part_that_is_refused_while_the_last_of_the_others_ends_does_not_keep_it_open(
    tmp_path: Path,
) -> None:
    """Whichever of the two is handled first, and also when neither sees the other."""
    async with House(tmp_path) as house:
        await asked_for(house)
        await part(house, "checkout")
        await checked(house)
        refused = PartRefused(release=RELEASE, service="payments", reason=Reason.GUEST, sentence="No.")
        subject = f"release/{RELEASE}"
        await house.running.journal.publish(
            message(refused, id="refused", subject=subject, at=house.clock.now())
        )
        await cancel(house)

        await stopped(house)


async def test_a_cancel_that_comes_before_the_first_part_is_there_is_not_lost(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        await asked_for(house)
        await cancel(house)
        await house.settled()
        for service in SERVICES:
            await part(house, service)
        house.clock.advance(1.0)

        await stopped(house)
        assert (await house.deployment()).state is State.CANCELLED
        assert house.runs() == []


async def test_a_cancel_after_the_last_part_has_ended_is_told_so_although_nobody_has_noted_the_end(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        await asked_for(house)
        for service in SERVICES:
            await part(house, service)
        await house.click(DANA, await house.card("Waiting for approval: release of"), "release_cancel")
        await stopped(house)
        found = await house.running.store.stood(RELEASE)
        assert found is not None
        await house.stand(msgspec.structs.replace(found, ended_at=0.0, ended_by=""))
        await cancel(house, "late")

        await house.whispered(DANA, "This release has ended.")


@pytest.mark.parametrize("first", [1, 2])
async def test_of_two_parts_that_end_in_the_same_moment_the_one_that_failed_stops_it_whichever_is_heard_first(
    tmp_path: Path, first: int
) -> None:
    """Otherwise the last part would close it as a release that has succeeded."""
    async with House(tmp_path) as house:
        await asked_for(house)
        for service in SERVICES:
            await part(house, service)
        ends = {1: (State.SUCCEEDED, Reason.SUCCEEDED), 2: (State.FAILED, Reason.RUN_FAILED)}
        parts = [
            msgspec.structs.replace(
                await house.deployment(number), state=state, reason=reason, ended_at=house.clock.now()
            )
            for number, (state, reason) in ends.items()
        ]

        def both(connection: sqlite3.Connection) -> None:
            for one in parts:
                now = connection.execute("SELECT revision FROM deployments WHERE id = ?", [one.id])
                save_deployment(connection, msgspec.structs.replace(one, revision=now.fetchone()[0]))

        await house.running.writer.submit(both)
        one = parts[first - 1]
        assert one.reason is not None
        event = DeploymentEnded(deployment=one.id, state=one.state.value, reason=one.reason)
        await house.running.journal.publish(
            message(event, id="ended", subject=one.lane, at=house.clock.now())
        )

        card = await stopped(house)
        assert "payments 1.4.2 failed." in str(card["blocks"])
        assert len(await house.audit("release_stopped")) == 1

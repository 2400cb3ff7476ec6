"""The other half of the table of all gates: states that only something already asked for can be in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bot.deployments import Deployment
from bot.gates import Outcome
from bot.lifecycle import State
from bot.reasons import Reason
from bot.sandbox.jenkins.jobs import Job
from bot.standing import Lock
from bot.standing.releases import Release
from tests.e2e.gate_rows import BLOCK, HOUR, WAIT, Prepare, nothing
from tests.e2e.gate_sources import with_a_repository
from tests.e2e.house import DANA, LONG, OLU, SAM, SOFIA, House, jobs, long_jobs

ONE = {"approve": ["1 of sre"]}
NEEDS: dict[str, Any] = {"services": {"checkout": {"needs": ["payments"]}}}
CHECKOUT_OPEN: dict[str, Any] = {
    "services": {"checkout": {"environments": {"production": {"policy": "open"}}}}
}
CALM: dict[str, Any] = {"services": {"checkout": {"environments": {"staging": {"policy": "calm"}}}}}
PARTS = "release checkout=1.4.2 payments=2.0.1 to"


@dataclass(frozen=True, kw_only=True)
class Held:
    """One gate in one state of the deployment of checkout that `prepare` leaves there.

    What is blocked is judged again, and ends, by `then`. `plan` are the words of a plan of the same, made before; `why` is
    why the question can't be asked; `ends` is what becomes of it.
    """

    gate: str
    outcome: Outcome
    reason: Reason
    state: str
    says: str
    environment: str = "production"
    policy: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    jenkins: Callable[[], list[Job]] = jobs
    prepare: Prepare
    then: Prepare = nothing
    plan: str = ""
    why: str = ""
    ends: State = State.QUEUED

    def __str__(self) -> str:
        return f"{self.gate}-{self.outcome.value}-{self.state}"


async def there(house: House) -> Deployment:
    """The one that the row is about: the newest of checkout that has not ended, else the newest."""
    found = [one for one in await house.running.store.recent(9) if one.service == "checkout"]
    return next((one for one in found if not one.state.ended), found[0])


def card_of(house: House, one: Deployment) -> str:
    """What its card says, or that of the release of which it is a part."""
    texts = [json.dumps(card, ensure_ascii=False) for card in house.cards()]
    name = "Release " if one.release else f"· #{one.number} ·"
    return next((text for text in texts if name in text), "")


async def asked(house: House) -> None:
    await house.production()


async def approved(house: House) -> None:
    await house.approve(SAM)


async def planned_while_nobody_was_there(house: House) -> None:
    await house.say(DANA, "/deploy checkout 1.4.2 staging in 2h")
    await house.card("planned for")
    await house.stop()
    house.clock.advance(3 * HOUR)
    await house.start()
    await house.card("I was not there")


async def a_release_one_after_the_other(house: House) -> None:
    await house.say(DANA, f"/deploy {PARTS} staging")
    await house.card("payments running")
    await house.card("checkout queued")


async def a_release_of_which_one_part_is_approved(house: House) -> None:
    await house.say(DANA, f"/deploy {PARTS} production")
    await house.card("checkout queued")
    await house.card("payments waiting for approval")


async def a_release_that_stops_now(house: House) -> None:
    """As in the moment in which the release knows of it, and its parts do not yet."""
    await a_release_one_after_the_other(house)
    release = await house.running.store.stood((await there(house)).release)
    assert isinstance(release, Release)
    await house.stand(
        msgspec.structs.replace(release, stopped="olu stopped it.", stopped_at=house.clock.now())
    )


async def payments_is_there(house: House) -> None:
    house.clock.advance(LONG)


async def who_asked_left(house: House) -> None:
    await asked(house)
    house.slack.world.person(DANA).deleted = True
    house.clock.advance(HOUR / 4)


async def who_asked_became_a_guest(house: House) -> None:
    await asked(house)
    house.slack.world.person(DANA).guest = "single_channel"
    house.clock.advance(HOUR / 4)


async def the_place_left(house: House) -> None:
    await asked(house)
    await house.stop()
    house.leave_out = ("services", "checkout", "environments", "production")
    await house.start()


async def _ran(house: House, *versions: str) -> None:
    for index, version in enumerate(versions):
        await house.say(DANA, f"/deploy checkout {version} production")
        await house.approve(SAM)
        await house.card("Succeeded", index=index)


async def something_newer_came_before_the_rollback(house: House) -> None:
    await _ran(house, "1.4.1", "1.4.2")
    await house.say(DANA, "/rollback checkout production")
    await house.card("Waiting for approval", index=2)
    await house.say(SAM, "/deploy checkout 1.5.0 production break-glass because it burns")
    await house.card("Succeeded", index=3)


async def the_same_came_before_the_rollback(house: House) -> None:
    await _ran(house, "1.4.1", "1.4.2")
    await house.say(DANA, "/rollback checkout production")
    await house.card("Waiting for approval", index=2)
    await house.say(SAM, "/deploy checkout 1.4.1 production break-glass because it burns")
    await house.card("Succeeded", index=3)


async def rollback_approved(house: House) -> None:
    await house.click(SOFIA, await house.card("Waiting for approval", index=2), "approve")


async def an_approver_left_while_it_was_locked(house: House) -> None:
    now = house.clock.now()
    await house.stand(
        Lock(id="l1", service="checkout", owner=OLU, owner_name="olu", reason="hands off", made_at=now)
    )
    await asked(house)
    await house.approve(SAM)
    await house.card("is locked by olu")
    house.slack.world.groups[0].users.remove(SAM)
    house.clock.advance(HOUR / 4)


async def unlocked(house: House) -> None:
    await house.say(OLU, "/unlock checkout")


async def more_is_live_than_when_removing_was_said(house: House) -> None:
    await with_a_repository(house, "1.2.2")
    now = house.clock.now()
    await house.stand(
        Lock(id="l1", service="checkout", owner=OLU, owner_name="olu", reason="hands off", made_at=now)
    )
    await house.say(DANA, "/deploy checkout 1.2.3 staging removing")
    await house.card("is locked by olu", index=1)
    await house.say(OLU, "/deploy checkout beside staging")
    await house.card("Succeeded", index=2)


HELD = [
    Held(
        gate="lost_work",
        outcome=BLOCK,
        reason=Reason.LOST_WORK,
        state="more is live by now than when removing was said",
        says="This removes 1 live commit by Olu Okafor. It did not when it was asked for.",
        environment="staging",
        config={"policies": {"calm": {"supersede": False}}, **CALM},
        prepare=more_is_live_than_when_removing_was_said,
        then=unlocked,
        ends=State.REFUSED,
    ),
    Held(
        gate="schedule",
        outcome=WAIT,
        reason=Reason.PLAN_MISSED,
        state="its time passed while nobody was there",
        says="and I was not there",
        environment="staging",
        prepare=planned_while_nobody_was_there,
    ),
    Held(
        gate="release",
        outcome=WAIT,
        reason=Reason.RELEASE_ORDER,
        state="behind what it needs",
        says="it comes after payments",
        environment="staging",
        config=NEEDS,
        jenkins=long_jobs,
        prepare=a_release_one_after_the_other,
        plan=f"plan {PARTS} staging",
    ),
    Held(
        gate="release",
        outcome=WAIT,
        reason=Reason.RELEASE_ORDER,
        state="another part is not approved yet",
        says="the release starts when every part may: payments may not yet",
        config=CHECKOUT_OPEN,
        prepare=a_release_of_which_one_part_is_approved,
        plan=f"plan {PARTS} production",
    ),
    Held(
        gate="release",
        outcome=BLOCK,
        reason=Reason.RELEASE_STOPPED,
        state="it has stopped",
        says="the release has stopped: olu stopped it.",
        environment="staging",
        config=NEEDS,
        jenkins=long_jobs,
        prepare=a_release_that_stops_now,
        then=payments_is_there,
        ends=State.REFUSED,
    ),
    Held(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.STRANGER,
        state="who asked has left",
        says="dana may no longer use this bot: This account is deactivated",
        policy=ONE,
        prepare=who_asked_left,
        then=approved,
        ends=State.REFUSED,
    ),
    Held(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.GUEST,
        state="who asked is a guest now",
        says="dana may no longer use this bot: Guests of the workspace",
        policy=ONE,
        prepare=who_asked_became_a_guest,
        then=approved,
        ends=State.REFUSED,
    ),
    Held(
        gate="permission",
        outcome=BLOCK,
        reason=Reason.POLICY_GONE,
        state="its place left the configuration",
        says="checkout can no longer be deployed to production: the configuration has no such place any more.",
        prepare=the_place_left,
        why="there is no such place to ask about any more",
        ends=State.REFUSED,
    ),
    Held(
        gate="order",
        outcome=BLOCK,
        reason=Reason.MOVED_ON,
        state="something newer came before the rollback",
        says="#2 (1.4.2) was to be rolled back, and since then #4 (1.5.0) ran there.",
        policy={**ONE, "break_glass": ["sre"]},
        prepare=something_newer_came_before_the_rollback,
        then=rollback_approved,
        ends=State.REFUSED,
    ),
    Held(
        gate="order",
        outcome=BLOCK,
        reason=Reason.ALREADY_THERE,
        state="the same came before the rollback",
        says="There is nothing to roll back any more: production runs checkout 1.4.1 (#4).",
        policy={**ONE, "break_glass": ["sre"]},
        prepare=the_same_came_before_the_rollback,
        then=rollback_approved,
        ends=State.REFUSED,
    ),
    Held(
        gate="approval",
        outcome=WAIT,
        reason=Reason.APPROVER_GONE,
        state="an approver may not approve any more",
        says="may no longer approve it",
        policy=ONE,
        prepare=an_approver_left_while_it_was_locked,
        then=unlocked,
        ends=State.AWAITING_APPROVAL,
    ),
]

"""A scene for each capability: what is done in the sandbox until the card shows what the page is about.

A scene is named like the capability, its page in `docs/` and the picture there that it leaves.
"""

from __future__ import annotations

from tests.browser.scenes import (
    approvals,
    freezes,
    gates,
    locks,
    main_job,
    modals,
    outgoing,
    overview,
    promotion,
    queue,
    releases,
    reload,
    rollback,
    schedules,
    verification,
    versions,
)
from tests.browser.scenes.stage import Play

SCENES: dict[str, Play] = {
    "main_job": main_job.play,
    "gates": gates.play,
    "locks": locks.play,
    "queue": queue.play,
    "freezes": freezes.play,
    "promotion": promotion.play,
    "rollback": rollback.play,
    "outgoing": outgoing.play,
    "versions": versions.play,
    "modals": modals.play,
    "schedules": schedules.play,
    "releases": releases.play,
    "verification": verification.play,
    "approvals": approvals.play,
    "overview": overview.play,
    "reload": reload.play,
}

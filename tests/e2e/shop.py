"""A house whose service has a repository with a history, and a job whose builds are its versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.sandbox.jenkins.catalogue import BUILT, RED
from bot.sandbox.jenkins.jobs import Job, Parameter, Past
from bot.sandbox.repositories import SketchedRepository
from tests.e2e.house import House, jobs
from tests.histories import origin_in

BUILD = Job(
    name="build-checkout",
    parameters=(Parameter(name="VERSION"), Parameter(name="PILOTHOUSE_KEY")),
    past=tuple(
        Past(values={"VERSION": one}, result="FAILURE" if one in RED else "SUCCESS", ago=10_000.0 - n)
        for n, one in enumerate(BUILT["checkout"])
    ),
)
CONFIG: dict[str, Any] = {"repositories": {"wait": "3s"}}


class Shop(House):
    """`async with Shop(tmp_path) as shop:`; `shop.origin` is the repository. Checkout runs 1.4.2 unless told otherwise."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        repository: dict[str, Any] | None = None,
        builds: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        jenkins_jobs: list[Job] | None = None,
        **more: Any,
    ) -> None:
        self.origin: SketchedRepository = origin_in(tmp_path)
        known = {"git": str(self.origin.folder), "version_to_ref": "v{{ version }}", "branches": "hotfix-*"}
        service: dict[str, Any] = {
            "default_version": "1.4.2",
            "repository": known if repository is None else repository,
        }
        if builds is not None:
            service["versions"] = {"builds": {"job": "build-checkout", **builds}}
        settings = {**CONFIG, **(config or {})}
        settings["services"] = {"checkout": service, **settings.get("services", {})}
        super().__init__(tmp_path, config=settings, jenkins_jobs=[*(jenkins_jobs or jobs()), BUILD], **more)

    async def runs_there(self, version: str, user: str, environment: str = "staging") -> dict[str, Any]:
        """Deploy a version to where nobody is asked; its card, once it is there."""
        before = len(self.cards())
        await self.say(user, f"/deploy checkout {version} {environment}")
        card: dict[str, Any] = await self.until(
            lambda: next((one for one in self.cards()[before:] if "Succeeded" in one["text"]), None)
        )
        return card


def seen(card: dict[str, Any]) -> str:
    """Everything that a card shows in its blocks."""
    pieces = [
        piece
        for block in card["blocks"]
        for piece in (block.get("text"), *block.get("fields", ()), *block.get("elements", ()))
    ]
    return "\n".join(
        one["text"] for one in pieces if isinstance(one, dict) and isinstance(one.get("text"), str)
    )


async def shown(house: House, *words: str, index: int = 0) -> dict[str, Any]:
    """A card, once all these words are on it."""

    def found() -> dict[str, Any] | None:
        cards = house.cards()
        there = len(cards) > index and all(word in seen(cards[index]) for word in words)
        return cards[index] if there else None

    try:
        card: dict[str, Any] = await house.until(found)
    except AssertionError:
        raise AssertionError(
            f"no card shows {words}; there are {[seen(one) for one in house.cards()]}"
        ) from None
    return card

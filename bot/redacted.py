"""A driver's runs without secrets: what a peer tells (logs, sentences, questions) enters no event before this.

A job prints what it likes, and a log's end is shown on a card and kept in the journal.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from bot.errors import Failure, Refused
from bot.ports import Probes, Runs
from bot.probing import CommandAnswer, CommandAsked, UrlAnswer, UrlAsked
from bot.redaction import Redactor
from bot.runs import BuildSeen, LogChunk, RunInput, RunRef, RunStatus, RunTarget

T = TypeVar("T")


class RedactedRuns:
    """Implements `bot.ports.Runs` over another one; the same calls, the same failures, their texts redacted.

    Ids (keys, numbers, the id of a question) stay as they are: they go back to the peer.
    """

    def __init__(self, runs: Runs, redactor: Redactor) -> None:
        self._runs = runs
        self._text = redactor.text

    async def check(self, target: RunTarget) -> None:
        await self._told(self._runs.check(target))

    async def start(self, target: RunTarget, key: str, *, fresh: bool, since: float = 0.0) -> RunRef:
        return self._ref(await self._told(self._runs.start(target, key, fresh=fresh, since=since)))

    async def find(self, target: RunTarget, key: str, *, since: float = 0.0) -> RunRef | None:
        found = await self._told(self._runs.find(target, key, since=since))
        return found and self._ref(found)

    async def status(self, target: RunTarget, ref: RunRef, *, since: float = 0.0) -> RunStatus:
        said = await self._told(self._runs.status(target, ref, since=since))
        return msgspec.structs.replace(
            said,
            ref=self._ref(said.ref),
            waiting_for=self._text(said.waiting_for),
            stages=tuple(
                msgspec.structs.replace(stage, name=self._text(stage.name), error=self._text(stage.error))
                for stage in said.stages
            ),
            input=said.input and self._question(said.input),
        )

    async def log(self, target: RunTarget, ref: RunRef, offset: int) -> LogChunk:
        chunk = await self._told(self._runs.log(target, ref, offset))
        return msgspec.structs.replace(chunk, text=self._text(chunk.text))

    async def cancel(self, target: RunTarget, ref: RunRef) -> bool:
        return await self._told(self._runs.cancel(target, ref))

    async def answer(self, target: RunTarget, ref: RunRef, question: RunInput, *, proceed: bool) -> bool:
        return await self._told(self._runs.answer(target, ref, question, proceed=proceed))

    async def builds(self, server: str, job: str, limit: int) -> list[BuildSeen]:
        return [
            msgspec.structs.replace(
                one,
                name=self._text(one.name),
                parameters={name: self._text(value) for name, value in one.parameters.items()},
                url=self._text(one.url),
            )
            for one in await self._told(self._runs.builds(server, job, limit))
        ]

    async def ping(self, server: str) -> None:
        await self._told(self._runs.ping(server))

    async def close(self) -> None:
        await self._runs.close()

    async def _told(self, call: Awaitable[T]) -> T:
        """Everything else about a failure is what the bus decides by, so it stays the same object."""
        try:
            return await call
        except Failure as failure:
            failure.sentence = self._text(failure.sentence)
            if isinstance(failure, Refused):
                failure.way_out = self._text(failure.way_out)
            failure.args = (f"{failure.reason.value}: {failure.sentence}",)
            raise

    def _ref(self, ref: RunRef) -> RunRef:
        return msgspec.structs.replace(ref, url=self._text(ref.url))

    def _question(self, asked: RunInput) -> RunInput:
        return msgspec.structs.replace(
            asked,
            message=self._text(asked.message),
            proceed=self._text(asked.proceed),
            parameters=tuple(map(self._text, asked.parameters)),
        )


class RedactedProbes:
    """Implements `bot.ports.Probes` over another one. What an address answers is judged and not kept, so it stays as it is."""

    def __init__(self, probes: Probes, redactor: Redactor) -> None:
        self._probes = probes
        self._text = redactor.text

    async def look(self, asked: UrlAsked) -> UrlAnswer:
        found = await self._probes.look(asked)
        return msgspec.structs.replace(found, problem=self._text(found.problem))

    async def run(self, asked: CommandAsked) -> CommandAnswer:
        found = await self._probes.run(asked)
        tail = tuple(map(self._text, found.tail))
        return msgspec.structs.replace(found, problem=self._text(found.problem), tail=tail)

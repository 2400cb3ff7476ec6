"""What changed, told to whoever looks: the page by server-sent events, tests by `until`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Happening = dict[str, Any]
BACKLOG = 10_000


@dataclass
class Stream:
    """Every happening goes to every follower; one with `viewer` goes only to that person's."""

    _followers: dict[asyncio.Queue[Happening], str] = field(default_factory=dict)

    def tell(self, kind: str, *, viewer: str = "", **facts: Any) -> None:
        for queue, who in self._followers.items():
            if not viewer or not who or viewer == who:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait({"kind": kind, **facts})

    @contextmanager
    def follow(self, viewer: str = "") -> Iterator[asyncio.Queue[Happening]]:
        """The happenings from now on, as a queue. Without `viewer`: everybody's."""
        queue: asyncio.Queue[Happening] = asyncio.Queue(BACKLOG)
        self._followers[queue] = viewer
        try:
            yield queue
        finally:
            del self._followers[queue]

    async def until(self, condition: Callable[[], Any], within: float) -> Any:
        """The first true answer of `condition`, asked again after every happening.

        Raises:
            TimeoutError: it stayed false for `within` seconds.
        """
        with self.follow() as queue:
            async with asyncio.timeout(within):
                while not (answer := condition()):
                    await queue.get()
        return answer

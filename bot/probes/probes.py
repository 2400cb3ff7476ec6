"""Implements `bot.ports.Probes`."""

from __future__ import annotations

from bot.probes.commands import Commands
from bot.probes.urls import Addresses
from bot.probing import CommandAnswer, CommandAsked, UrlAnswer, UrlAsked


class OutsideProbes:
    """To be made inside the running loop, and closed."""

    def __init__(self) -> None:
        self._addresses = Addresses()
        self._commands = Commands()

    async def look(self, asked: UrlAsked) -> UrlAnswer:
        return await self._addresses.look(asked)

    async def run(self, asked: CommandAsked) -> CommandAnswer:
        return await self._commands.run(asked)

    async def close(self) -> None:
        await self._addresses.close()

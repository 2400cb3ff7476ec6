"""One GET, bounded in time, size and hops. Whom it asks, the configuration says; a name may not lead it elsewhere.

Names are resolved here and the addresses looked at before anything is sent, so that neither a name in foreign hands
nor a redirect makes the server ask what only it can reach.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.probing import UrlAnswer, UrlAsked
from config.addresses import Address, is_never_asked, is_private, literal

LARGEST_BODY = 64 * 1024
PARALLEL = 32
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS = {"http": 80, "https": 443}
# What a rendered address may hold as it is; everything else is quoted.
KEPT = "%/:=&?~#+!$,;'@()*[]"

NO_NAME = "nobody knows the name {host}"
NOT_ASKED = "{host} has a private address, which is not asked unless the configuration says `private: true`"
NOBODY = "nobody listens there"
SLOW = "no answer within {seconds:g} s"
BAD_CERTIFICATE = "its certificate is not good"
BROKEN = "the connection broke"
ELSEWHERE = "it leads to {host}, which is not followed"
NOT_AN_ADDRESS = "that is no address"


class NotAsked(OSError):  # noqa: N818 - it is an answer, not an error
    """Every address of the name is one that is not asked."""


class GuardedResolver(AbstractResolver):
    """Names to addresses that may be asked. Raises `NotAsked` when there is none."""

    def __init__(self, *, private: bool) -> None:
        self._resolver = ThreadedResolver()
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        allowed = [one for one in found if _may_be_asked(literal(one["host"]), private=self._private)]
        if not allowed:
            raise NotAsked(NOT_ASKED.format(host=host))
        return allowed

    async def close(self) -> None:
        await self._resolver.close()


class Addresses:
    """`look` asks one address once; it never raises for what a peer does."""

    def __init__(self) -> None:
        self._sessions = {private: _session(private=private) for private in (False, True)}

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def look(self, asked: UrlAsked) -> UrlAnswer:
        try:
            async with asyncio.timeout(asked.seconds):
                return await self._follow(asked)
        except TimeoutError:
            return UrlAnswer(problem=SLOW.format(seconds=asked.seconds))
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            return UrlAnswer(problem=_said(problem))

    async def _follow(self, asked: UrlAsked) -> UrlAnswer:
        url = URL(quote(asked.address, safe=KEPT), encoded=True)
        for left in range(asked.redirects, -1, -1):
            answer, location = await self._get(url, asked)
            if answer.status not in REDIRECTS or not location or not left:
                return answer
            url, before = url.join(URL(location)), url
            if not _same_place(before, url):
                return UrlAnswer(problem=ELSEWHERE.format(host=url.host))
        raise AssertionError("the last answer is returned")

    async def _get(self, url: URL, asked: UrlAsked) -> tuple[UrlAnswer, str]:
        address = literal(url.host or "")
        if address is not None and not _may_be_asked(address, private=asked.private):
            raise NotAsked(NOT_ASKED.format(host=url.host))
        session = self._sessions[asked.private]
        async with session.get(url, headers=_headers(asked.headers), allow_redirects=False) as response:
            body = bytearray()
            while len(body) < LARGEST_BODY:
                piece = await response.content.read(LARGEST_BODY - len(body))
                if not piece:
                    break
                body += piece
            location = response.headers.get("Location", "")
            return UrlAnswer(status=response.status, body=body.decode(errors="replace")), location


def _session(*, private: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(private=private), use_dns_cache=False, force_close=True, limit=PARALLEL
    )
    # Compressed answers are not read: a small one could become any size.
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "pilothouse", "Accept-Encoding": "identity"},
    )


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name.lower() != "accept-encoding"}


def _may_be_asked(address: Address | None, *, private: bool) -> bool:
    if address is None or is_never_asked(address):
        return False
    return private or not is_private(address)


def _same_place(old: URL, new: URL) -> bool:
    """The same host and port; from http to https on their usual ports as well, never the other way."""
    if new.host != old.host or new.user or new.scheme not in PORTS:
        return False
    return (new.scheme, new.port) in {(old.scheme, old.port), ("https", PORTS["https"])}


def _said(problem: Exception) -> str:
    """In words without addresses that the configuration does not name."""
    inner = getattr(problem, "os_error", problem)
    if isinstance(inner, NotAsked):
        return str(inner)
    if isinstance(problem, aiohttp.ClientConnectorDNSError):
        return NO_NAME.format(host=problem.host)
    if isinstance(problem, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return BAD_CERTIFICATE
    if isinstance(problem, aiohttp.ClientConnectorError):
        return NOBODY
    return NOT_AN_ADDRESS if isinstance(problem, ValueError) else BROKEN

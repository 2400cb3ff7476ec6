"""GitHub's API over HTTP, bounded in time and size; waits out a limit instead of running into it again.

Source of what its answers mean: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import ipaddress
import time
from urllib.parse import urlsplit

import aiohttp
import msgspec
from yarl import URL

from bot.errors import Unreachable
from bot.outgoing import one_line
from bot.ports import Clock
from bot.reasons import Reason
from bot.sources.warm import AFTER_FAILURE
from config.sources import GitHub

AWAY = "GitHub can't be reached at {host} ({what})."
SLOW = "GitHub did not answer within {seconds:g} s."
LIMITED = "GitHub takes no more requests from us for {seconds:.0f} s."
CREDENTIALS = "GitHub does not take our token (github.token)."
FORBIDDEN = "GitHub does not let our token read {repository}: {words}"
BROKEN = "GitHub can't answer now (HTTP {status})."
MOVED = "GitHub says that {repository} has moved: put its new name into the configuration."
UNREADABLE = "GitHub's answer can't be read."
TOO_BIG = "GitHub's answer is larger than {limit} MB."

MOST_BYTES = 32 * 1024 * 1024
"""A comparison brings up to 300 changed files with their patches, which can't be left out."""
PAUSE = 60.0
"""Seconds of silence after a limit that does not say for how long, as GitHub asks for."""
PAUSE_MOST = 3_600.0
ALWAYS = {"X-GitHub-Api-Version": "2022-11-28", "User-Agent": "pilothouse"}
JSON = "application/vnd.github+json"


class GitHubClient:
    """One API address and token for all repositories."""

    def __init__(self, settings: GitHub, clock: Clock) -> None:
        self.url = settings.api_url.rstrip("/")
        self._timeout = settings.timeout
        self._clock = clock
        self._limited_until = 0.0
        self._gone_at = 0.0
        self._problem: Unreachable | None = None
        token = settings.token
        bearer = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        self._session = aiohttp.ClientSession(
            headers={**ALWAYS, **bearer},
            timeout=aiohttp.ClientTimeout(total=settings.timeout),
            connector=aiohttp.TCPConnector(limit=8),
            trust_env=not _loopback(self.url),
        )

    def gone(self, problem: Unreachable) -> None:
        """It did not answer just now."""
        self._problem, self._gone_at = problem, self._clock.now()

    @property
    def away(self) -> Unreachable | None:
        """What to say at once to whoever asks, for some seconds after it did not answer."""
        problem = self._problem
        if problem is None or abs(self._clock.now() - self._gone_at) >= AFTER_FAILURE:
            return None
        return Unreachable(problem.reason, problem.sentence)

    @property
    def pages(self) -> str:
        """Where people look at repositories: `api.github.com` and `HOST/api/v3` are for programs."""
        parts = urlsplit(self.url)
        host = parts.netloc.removeprefix("api.") if parts.netloc == "api.github.com" else parts.netloc
        return f"{parts.scheme}://{host}"

    async def get(self, repository: str, path: str = "", *, accept: str = JSON, **query: str) -> bytes | None:
        """What stands there; None for what is not there. Raises `Unreachable`."""
        left = self._limited_until - self._clock.now()
        if 0 < left <= PAUSE_MOST:
            raise Unreachable(Reason.RATE_LIMITED, LIMITED.format(seconds=left), retry_after=left)
        try:
            # A redirect is not followed: the token is for this host.
            async with self._session.get(
                URL(f"{self.url}/repos/{repository}/{path}".rstrip("/"), encoded=True).with_query(query),
                headers={"Accept": accept}, allow_redirects=False,
            ) as answer:  # fmt: skip
                body = await _bounded(answer)
                return self._judged(repository, answer, body)
        except TimeoutError as slow:
            self.gone(problem := Unreachable(Reason.PEER_SLOW, SLOW.format(seconds=self._timeout)))
            raise problem from slow
        except aiohttp.ClientError as away:
            words = AWAY.format(host=urlsplit(self.url).netloc, what=type(away).__name__)
            self.gone(problem := Unreachable(Reason.PEER_DOWN, words))
            raise problem from away

    def _judged(self, repository: str, answer: aiohttp.ClientResponse, body: bytes) -> bytes | None:
        status = answer.status
        if status == 200:
            return body
        if status in {404, 409, 410, 422}:
            # No such thing; an empty repository; gone; no commit of that name.
            return None
        if status in {301, 302, 307, 308}:
            raise Unreachable(Reason.PEER_BROKEN, MOVED.format(repository=repository))
        if status == 401:
            raise Unreachable(Reason.CREDENTIALS_WRONG, CREDENTIALS)
        if status == 429 or (status == 403 and _limited(answer, body)):
            pause = self._pause(answer)
            self._limited_until = self._clock.now() + pause
            raise Unreachable(Reason.RATE_LIMITED, LIMITED.format(seconds=pause), retry_after=pause)
        if status == 403:
            words = one_line(_message(body), 150)
            raise Unreachable(Reason.PERMISSION_MISSING, FORBIDDEN.format(repository=repository, words=words))
        reason = Reason.PEER_DOWN if status in {502, 503, 504} else Reason.PEER_BROKEN
        raise Unreachable(reason, BROKEN.format(status=status))

    def _pause(self, answer: aiohttp.ClientResponse) -> float:
        """Seconds, as the answer's headers say."""
        after, reset = answer.headers.get("Retry-After", ""), answer.headers.get("X-RateLimit-Reset", "")
        if after.isdecimal():
            return min(max(float(after), 1.0), PAUSE_MOST)
        if reset.isdecimal() and answer.headers.get("X-RateLimit-Remaining") == "0":
            return min(max(float(reset) - time.time(), 1.0), PAUSE_MOST)
        return PAUSE

    async def close(self) -> None:
        await self._session.close()


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(65_536):
        body += piece
        if len(body) > MOST_BYTES:
            raise Unreachable(Reason.ANSWER_UNREADABLE, TOO_BIG.format(limit=MOST_BYTES // 1024**2))
    return bytes(body)


def _limited(answer: aiohttp.ClientResponse, body: bytes) -> bool:
    """A 403 is also what is said to whoever asks too often."""
    spent = answer.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in answer.headers
    return spent or "rate limit" in _message(body).lower()


def _message(body: bytes) -> str:
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(said.get("message", "")) if isinstance(said, dict) else ""


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""One Jenkins over HTTP: python-jenkins in a few threads of its own, bounded in time and size.

python-jenkins is used for its session and request layer (`jenkins_request`). Its calls for builds are not: they put
parameters into the URL, where access logs keep them, and follow redirects, with our credentials, to whatever host
an answer names.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import jenkins
import msgspec
import requests
import urllib3.exceptions as wire
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from bot.drivers.jenkins import faults, paths
from bot.drivers.jenkins.faults import Answer, Asked
from bot.drivers.jenkins.settings import JenkinsServer
from bot.errors import Failure
from bot.reasons import Reason

T = TypeVar("T")

Observe = Callable[[str, str, float], None]
"""Told of every exchange: the server's name, the HTTP status or the reason it failed, seconds."""

MAX_JSON = 8 * 1024 * 1024
"""Bytes of one JSON answer; a queue of thousands of items with parameters stays below."""

LOOK_AGAIN = 1.0
"""Seconds until a 401 is believed: a Jenkins that starts up says 401 to good credentials for a moment, then 503."""

STRANDED = 3.0
"""How many time-outs an exchange may take before it is given up from outside: a peer may drip headers forever."""

CONNECT_TIMEOUT = 5.0

TRANSPORT_ERRORS = (jenkins.JenkinsException, requests.exceptions.RequestException, wire.HTTPError, OSError)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: a 303 is an answer to read, and its host is not to be given our credentials."""


class _Wire(jenkins.Jenkins):  # type: ignore[misc]  # python-jenkins has no types
    """python-jenkins with a session that follows nothing, keeps no cookies, and hands every status to us."""

    def __init__(self, server: JenkinsServer) -> None:
        token = server.token.get_secret_value()
        timeout = (min(CONNECT_TIMEOUT, server.timeout), server.timeout)
        super().__init__(server.url, server.user, token, timeout=timeout)
        session = _Session()
        session.auth = HTTPBasicAuth(server.user.encode(), token.encode())
        session.verify = server.verify
        session.trust_env = not _loopback(server.url)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=server.parallel)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        self._session: requests.Session = session

    def _maybe_add_auth(self) -> None:
        """The session has them; the original would try Kerberos first where that is installed."""

    def _response_handler(self, response: requests.Response) -> requests.Response:
        return response

    def exchange(self, request: requests.Request, limit: int, seconds: float) -> Answer:
        """Ask and read at most `limit` bytes within `seconds`. Runs in a thread."""
        deadline = time.monotonic() + seconds
        response: requests.Response = self.jenkins_request(request, add_crumb=False, stream=True)
        try:
            body = bytearray()
            while piece := response.raw.read1(min(65536, limit + 1 - len(body)), decode_content=True):
                body += piece
                if len(body) > limit:
                    break
                if time.monotonic() > deadline:
                    raise TimeoutError
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, bytes(body[:limit]), cut=len(body) > limit)
        finally:
            response.close()

    def close(self) -> None:
        self._session.close()


class JenkinsClient:
    """What the rest of the driver talks to. `get` and `post` raise what every call means the same by."""

    def __init__(self, name: str, server: JenkinsServer, observe: Observe | None = None) -> None:
        self.name = name
        self.server = server
        self.born = time.monotonic()
        self.stages_missing_until = 0.0
        self.behind = 0.0
        self._doubts: dict[str, float] = {}
        self._observe = observe
        self._wire = _Wire(server)
        self._pool = ThreadPoolExecutor(server.parallel, thread_name_prefix=f"jenkins-{name}")
        self._free = asyncio.Semaphore(server.parallel)

    def _compare_clocks(self, answer: Answer) -> None:
        """`behind`: by how many seconds the clock of Jenkins, by its last `Date`, is behind ours; 0 when it is not."""
        try:
            theirs = parsedate_to_datetime(answer.header("Date")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return
        self.behind = max(0.0, time.time() - theirs)

    def page(self, path: str) -> str:
        """The address for people, on the configured url."""
        return f"{self.server.url}/{path}/"

    def asked(self, what: str, *, changing: bool = False) -> Asked:
        return Asked(self.name, self.server, what, changing)

    def in_doubt(self, key: str) -> None:
        """A request by this key may still be under way."""
        now = time.monotonic()
        self._doubts = {k: at for k, at in self._doubts.items() if now - at < self.server.grace}
        self._doubts[key] = now

    def doubt_left(self, key: str) -> float:
        """Seconds, perhaps negative, until no request by this key can be under way, sent by us or by a dead process."""
        since = max(self.born, self._doubts.get(key, self.born))
        return since + self.server.grace - time.monotonic()

    async def get(self, path: str, *, limit: int = MAX_JSON, **query: str) -> Answer:
        """Ask for something. Raises `Unreachable` and `Rejected` as `faults` says; 404 and the like are answers."""
        return await self._ask("GET", path, query=query, limit=limit)

    async def post(
        self, path: str, *, query: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> Answer:
        """Have something done. What fails after the request may have left is `Unreachable(maybe_done=True)`."""
        return await self._ask("POST", path, query=query or {}, form=form or {}, limit=MAX_JSON)

    async def read(self, kind: type[T], path: str, *, tree: str = "") -> T | None:
        """JSON as `kind`; `None` for 404."""
        answer = await self._ask("GET", path, query={"tree": tree} if tree else {}, limit=MAX_JSON)
        return None if answer.status == 404 else self.decode(kind, path, answer)

    def decode(self, kind: type[T], path: str, answer: Answer) -> T:
        asked = self.asked(path)
        if answer.status != 200:
            raise faults.unexpected(asked, answer)
        if answer.cut:
            raise asked.never(Reason.ANSWER_UNREADABLE, faults.TOO_BIG, limit=MAX_JSON)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.DecodeError as error:
            if answer.html:
                raise asked.never(Reason.ANSWER_UNREADABLE, faults.HTML) from error
            raise asked.later(Reason.ANSWER_UNREADABLE, faults.TRUNCATED) from error

    async def _ask(self, method: str, path: str, **how: Any) -> Answer:
        asked = self.asked(path, changing=method == "POST")
        answer = await self._exchange(asked, method, **how)
        if answer.status == 401:
            await asyncio.sleep(LOOK_AGAIN)
            who = self.asked(paths.WHO_AM_I)
            faults.judge(who, await self._exchange(who, "GET", query={}, limit=MAX_JSON))
            answer = await self._exchange(asked, method, **how)
        return faults.judge(asked, answer)

    async def _exchange(
        self,
        asked: Asked,
        method: str,
        *,
        query: Mapping[str, str],
        limit: int,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        url = f"{self.server.url}/{asked.what}"
        request = requests.Request(method, url, params=dict(query), data=form)
        outcome = "cancelled"
        started = time.monotonic()
        try:
            answer = await self._in_thread(request, limit)
            outcome = str(answer.status)
            self._compare_clocks(answer)
        except TRANSPORT_ERRORS as error:
            failure: Failure = faults.transport_failure(asked, error)
            outcome = failure.reason.value
            # The chain would print the library's words, and with them the URL: `from error` keeps it for the log only.
            raise failure from error
        else:
            return answer
        finally:
            if self._observe:
                self._observe(self.name, outcome, time.monotonic() - started)

    async def _in_thread(self, request: requests.Request, limit: int) -> Answer:
        """A thread that hangs keeps its place until it ends; who waits for it is told after a while."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        seconds = self.server.timeout
        try:
            future = self._pool.submit(self._wire.exchange, request, limit, seconds)
        except RuntimeError as error:
            self._free.release()
            raise OSError("the driver is closed") from error

        def _release(done: Future[Answer]) -> None:
            if not done.cancelled():
                done.exception()
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._free.release)

        future.add_done_callback(_release)
        async with asyncio.timeout(seconds * STRANDED):
            return await asyncio.shield(asyncio.wrap_future(future))

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._wire.close)


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""A mirror clone of a repository's commits, made, fetched and read by the git command: works with every host.

Only commits are fetched (`--filter=tree:0`, https://git-scm.com/docs/partial-clone), no file of the repository; a host
that knows no filters sends everything, and that works too. The clone holds nothing that can't be fetched again.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bot.outgoing import MOST
from bot.ports import Clock
from bot.sources import faults, records
from bot.sources.command import GitCommand, Output
from bot.sources.history import Name, NotThere, Seen
from bot.sources.naming import HEADS, TAGS, is_full
from bot.sources.warm import Warm

READ_WITHIN = 15.0
"""Seconds for one question to the clone."""
CHECK_WITHIN = 20.0
LOCK_LEFT = 60.0
"""Seconds after which a lock in the clone was left by a process that was killed; git's own are gone in moments."""
TIDY_AFTER = 86_400.0

EVERYTHING = (f"+{TAGS}*:{TAGS}*", f"+{HEADS}*:{HEADS}*")
FETCH = (
    "fetch", "--quiet", "--no-tags", "--no-auto-gc", "--no-write-fetch-head", "--no-recurse-submodules",
)  # fmt: skip
_SCP = re.compile(r"(?:[^@/:\s]+@)?[^/:\s]+:(?!//).*")


def protocol_of(url: str) -> str:
    """The one protocol that git may speak for this address."""
    scheme = urlsplit(url).scheme
    if "://" in url:
        return scheme
    return "ssh" if _SCP.fullmatch(url) and not url.startswith("/") else "file"


class Clone:
    """One address. `folder` is where clones are, each in its own; `header` is sent along over HTTP, and kept secret.

    Everything raises `Unreachable` when the host, or the clone, can't be used now.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        git: GitCommand,
        clock: Clock,
        *,
        header: str = "",
        fetch_after: float = 60.0,
        fetch_within: float = 600.0,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.url = url
        self.folder = folder / folder_of(url)
        self._git = git
        self._header = header
        self._fetch_within = fetch_within
        self._redact = redact
        self._tidied_at: float | None = None
        self.names: Warm[tuple[Name, ...]] = Warm(url, self._fetch, clock, fresh_for=fetch_after)
        """The tags and branches; asking for them fetches."""

    def set(self, *, header: str, fetch_after: float, fetch_within: float) -> None:
        """Other settings, from the next fetch on."""
        self._header = header
        self._fetch_within = fetch_within
        self.names.fresh_for = fetch_after

    @property
    def made(self) -> bool:
        """Whether there is anything to read."""
        return (self.folder / "HEAD").exists()

    # --- fetching --------------------------------------------------------------------------------------------

    async def _fetch(self) -> tuple[Name, ...]:
        """Bring the clone up to date, and read its names. A clone that is broken is made anew, once."""
        if not self.made:
            await self._make()
        ended = await self._fetching("--prune", "origin", *EVERYTHING)
        if ended.code and faults.locked(ended.err):
            await asyncio.to_thread(_unlock, self.folder)
            ended = await self._fetching("--prune", "origin", *EVERYTHING)
        elif ended.code and faults.corrupt(ended.err):
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)
            await self._make()
            ended = await self._fetching("--prune", "origin", *EVERYTHING)
        self._good(ended)
        await self._tidy()
        tags = await self._refs(TAGS)
        heads = await self._refs(HEADS)
        return (*records.names(tags.out, TAGS, "tags"), *records.names(heads.out, HEADS, "branches"))

    async def bring(self, sha: str, seconds: float) -> None:
        """One commit by its id, for one that no branch or tag leads to; hosts may refuse that. Raises `NotThere`."""
        ended = await self._fetching("origin", sha, seconds=seconds)
        if ended.code or not await self.has(sha):
            raise NotThere(sha)

    async def _fetching(self, *what: str, seconds: float = 0.0) -> Output:
        return await self._outside(*FETCH, *what, seconds=seconds or self._fetch_within)

    async def _make(self) -> None:
        await asyncio.to_thread(self.folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        self._good(
            await self._run(
                "init", "--quiet", "--bare", "--template=", "--", str(self.folder), seconds=READ_WITHIN
            )
        )

    async def _tidy(self) -> None:
        """What fetches leave is packed once a day; a failure costs space only."""
        now = time.monotonic()
        if self._tidied_at is None or now - self._tidied_at > TIDY_AFTER:
            self._tidied_at = now
            await self._outside("gc", "--auto", "--quiet", seconds=self._fetch_within)

    async def remote_names(self) -> frozenset[str]:
        """The branches and tags that the host has now, by their whole names; the clone is left alone."""
        wanted = ("ls-remote", "--heads", "--tags", "--refs", "origin")
        asked = await self._outside(*wanted, seconds=CHECK_WITHIN, there=False)
        lines = (asked if asked.cut else self._good(asked)).out.decode(errors="replace").splitlines()
        return frozenset(line.partition("\t")[2] for line in lines)

    # --- reading ---------------------------------------------------------------------------------------------

    async def look_up(self, names: list[str]) -> tuple[str, str]:
        """The first of these names (whole ref names, commits' ids) that leads to a commit, and that commit; else empty."""
        given = "".join(f"{name}^{{commit}}\n" for name in names).encode()
        asked = await self._inside("cat-file", "--batch-check=%(objectname)", given=given)
        for name, line in zip(names, asked.out.decode(errors="replace").splitlines(), strict=False):
            if is_full(line):
                return name, line
        return "", ""

    async def has(self, sha: str) -> bool:
        return is_full(sha) and (await self.look_up([sha]))[1] == sha

    async def counts(self, live: str, asked: str) -> tuple[int, int]:
        """How many commits only `live` has, and only `asked`."""
        between = f"{live}...{asked}"
        counted = await self._inside("rev-list", "--left-right", "--count", "--end-of-options", between)
        left, _, right = counted.out.decode().strip().partition("\t")
        return int(left), int(right)

    async def log(self, without: str, of: str) -> tuple[Seen, ...]:
        """The newest commits that only `of` has."""
        most = f"--max-count={MOST}"
        between = f"{without}..{of}"
        listed = await self._inside("log", "-z", records.LOG_FORMAT, most, "--end-of-options", between)
        return records.commits(listed.out)

    async def _refs(self, prefix: str) -> Output:
        return await self._inside("for-each-ref", "--sort=-creatordate", records.REF_FORMAT, "--", prefix)

    # --- the command -----------------------------------------------------------------------------------------

    async def _inside(self, *arguments: str, given: bytes = b"") -> Output:
        """A question to the clone, which reaches no host. Where it says too much, what came first is the answer."""
        ended = await self._run(f"--git-dir={self.folder}", *arguments, seconds=READ_WITHIN, given=given)
        return ended if ended.cut else self._good(ended)

    async def _outside(self, *arguments: str, seconds: float, there: bool = True) -> Output:
        """A command that speaks with the host, however it ends.

        The address is given anew each time, in no file of the clone, and can't be taken for an option. The header goes
        through the environment, which other users of the machine can't read, as they can a command's arguments.
        """
        said = {
            "remote.origin.url": self.url,
            "remote.origin.promisor": "true",
            "remote.origin.partialclonefilter": "tree:0",
            "http.followRedirects": "false" if self._header else "initial",
            "http.lowSpeedLimit": "1000",
            "http.lowSpeedTime": "30",
        }
        options = [part for name, value in said.items() for part in ("-c", f"{name}={value}")]
        if there:
            options.insert(0, f"--git-dir={self.folder}")
        more = {"GIT_ALLOW_PROTOCOL": protocol_of(self.url)}
        if self._header:
            more |= {
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "http.extraHeader",
                "GIT_CONFIG_VALUE_0": self._header,
            }
        return await self._run(*options, *arguments, seconds=seconds, more=more)

    async def _run(
        self, *arguments: str, seconds: float, more: Mapping[str, str] | None = None, given: bytes = b""
    ) -> Output:
        try:
            return await self._git.run(
                *arguments, seconds=seconds, far=more is not None, more=more, given=given
            )
        except TimeoutError as slow:
            raise faults.too_slow(self.url, seconds) from slow
        except OSError as missing:
            raise faults.no_git() from missing

    def _good(self, ended: Output) -> Output:
        if ended.code:
            raise faults.failed(self.url, self._redact(ended.err))
        return ended


def folder_of(url: str) -> str:
    """The name of the clone's folder: what people recognise, and what makes it unique."""
    last = url.rstrip("/").removesuffix(".git").replace(":", "/").rpartition("/")[2]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", last)[:40].strip(".-")
    return f"{plain or 'repository'}-{hashlib.blake2s(url.encode(), digest_size=6).hexdigest()}.git"


def _unlock(folder: Path) -> None:
    """Take away what a killed git left locked."""
    for lock in folder.rglob("*.lock"):
        try:
            if time.time() - lock.stat().st_mtime > LOCK_LEFT:
                lock.unlink()
        except OSError:
            continue

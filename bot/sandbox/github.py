"""A strict stand-in for the part of GitHub's REST API that tells of commits, over a real socket and real repositories.

It answers as https://docs.github.com/rest/commits/commits says, refuses what GitHub refuses, and can be told to break.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from aiohttp import web

from bot.sandbox.repositories import SketchedRepository

Mode = Literal[
    "none", "limit", "secondary", "429", "500", "503", "hang", "drop", "html", "cut", "moved", "forbidden"
]
Json = dict[str, Any]

DOCUMENTED = "https://docs.github.com/rest/commits/commits"
KNOWN_ACCEPTS = frozenset(
    {"application/vnd.github+json", "application/vnd.github.sha", "application/json", "*/*"}
)
UNPAGED_MOST = 250
PAGE_MOST = 100
LIMIT = "API rate limit exceeded for user ID 1."
UNICORN = "<html>Unicorn!</html>"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass(kw_only=True)
class GitHubFaults:
    """How it breaks, for the next `times` requests; -1 for all. `seconds` is how long a limit lasts, or a hang."""

    mode: Mode = "none"
    times: int = -1
    seconds: float = 30.0

    def hit(self) -> Mode:
        if self.mode == "none" or self.times == 0:
            return "none"
        self.times -= self.times > 0
        return self.mode


class GitHubStandIn:
    """`repositories` by `owner/name`. With a `token`, whoever has another is told 401, and without one 404."""

    def __init__(self, repositories: Mapping[str, SketchedRepository], *, token: str = "") -> None:
        self.repositories = dict(repositories)
        self.token = token
        self.faults = GitHubFaults()
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._runner = web.ServerRunner(web.Server(self._handle), handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        fault = await self._fault(request)
        return fault if fault is not None else await self._answer(request)

    async def _fault(self, request: web.BaseRequest) -> web.StreamResponse | None:
        mode = self.faults.hit()
        if mode == "hang":
            await asyncio.sleep(self.faults.seconds)
        if mode == "drop" and request.transport is not None:
            request.transport.abort()
        return _broken(mode, self.faults.seconds)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if not request.headers.get("User-Agent"):
            return self._refuse(request, 403, "Request forbidden by administrative rules.")
        if request.headers.get("Accept") not in KNOWN_ACCEPTS:
            return self._refuse(request, 415, "Unsupported 'Accept' header")
        if request.method != "GET":
            return self._refuse(request, 404, "Not Found")
        given = request.headers.get("Authorization", "")
        if given and given != f"Bearer {self.token}":
            return _no(401, "Bad credentials")
        parts = [unquote(part) for part in request.raw_path.partition("?")[0].split("/")[1:]]
        repository = self.repositories.get("/".join(parts[1:3])) if parts[0] == "repos" else None
        if repository is None or (self.token and not given):
            return _no(404, "Not Found")
        return await asyncio.to_thread(self._told, request, repository, parts[3:])

    def _told(
        self, request: web.BaseRequest, repository: SketchedRepository, path: list[str]
    ) -> web.Response:
        name = "/".join(request.path.split("/")[2:4])
        match path:
            case []:
                return _json({"full_name": name, "private": bool(self.token), "default_branch": "main"})
            case ["compare", basehead] if "..." in basehead:
                return self._compared(request, repository, name, basehead)
            case ["commits", *ref] if ref:
                return _commit(request, repository, "/".join(ref))
            case ["tags" | "branches" as kind]:
                return _json(_page(request, _names(repository, kind)))
        return self._refuse(request, 404, "Not Found")

    def _compared(
        self, request: web.BaseRequest, repository: SketchedRepository, name: str, basehead: str
    ) -> web.Response:
        base, _, head = basehead.partition("...")
        ids = _id(repository, base), _id(repository, head)
        if not all(ids):
            return _no(404, "Not Found")
        shared = repository.git("merge-base", *ids).strip()
        ahead, behind = (
            repository.git("rev-list", "--reverse", f"{one}..{other}").split()
            for one, other in (ids, reversed(ids))
        )
        paged = {"page", "per_page"} & request.query.keys()
        shown = _page(request, ahead) if paged else ahead[-UNPAGED_MOST:]
        page = f"{self.url}/{name}/compare/{base}...{head}"
        return _json(
            {
                "url": f"{self.url}/repos/{name}/compare/{base}...{head}",
                "html_url": page,
                "permalink_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "base_commit": _told(repository, ids[0]),
                "merge_base_commit": _told(repository, shared),
                "status": _status(ahead, behind),
                "ahead_by": len(ahead),
                "behind_by": len(behind),
                "total_commits": len(ahead),
                "commits": [_told(repository, sha) for sha in shown],
                "files": [
                    {"sha": "0" * 40, "filename": "notes/1.txt", "status": "added", "patch": "@@ -0,0 +1 @@"}
                ],
            }
        )

    def _refuse(self, request: web.BaseRequest, status: int, message: str) -> web.Response:
        """What no client of ours should ask."""
        self.refused.append(f"{request.method} {request.raw_path}: {message}")
        return _no(status, message)


def _broken(mode: Mode, seconds: float) -> web.Response | None:
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time() + seconds))}
    answers = {
        "limit": lambda: _no(403, LIMIT, spent),
        "429": lambda: _no(429, LIMIT, spent),
        "secondary": lambda: _no(403, SECONDARY, {"Retry-After": str(int(seconds))}),
        "forbidden": lambda: _no(403, "Resource not accessible by personal access token"),
        "500": lambda: web.Response(status=500, text=UNICORN, content_type="text/html"),
        "503": lambda: web.Response(status=503, text=UNICORN, content_type="text/html"),
        "html": lambda: web.Response(text="<html>Sign in</html>", content_type="text/html"),
        "cut": lambda: web.Response(text='{"ahead_by": 1, "commits": [', content_type="application/json"),
        "moved": lambda: _no(301, "Moved Permanently", {"Location": "/repositories/1"}),
    }
    return answers[mode]() if mode in answers else None


def _status(ahead: list[str], behind: list[str]) -> str:
    return {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}.get(
        (bool(ahead), bool(behind)), "identical"
    )


def _commit(request: web.BaseRequest, repository: SketchedRepository, ref: str) -> web.Response:
    sha = _id(repository, ref)
    if not sha:
        return _no(422, f"No commit found for SHA: {ref}")
    if request.headers.get("Accept") == "application/vnd.github.sha":
        return web.Response(text=sha, content_type="application/vnd.github.sha")
    return _json(_told(repository, sha))


def _names(repository: SketchedRepository, kind: str) -> list[Json]:
    prefix = "refs/tags/" if kind == "tags" else "refs/heads/"
    lines = repository.git("for-each-ref", "--format=%(refname)", prefix).split()
    return [
        {"name": line.removeprefix(prefix), "commit": {"sha": _id(repository, line), "url": ""}}
        for line in lines
    ]


def _page(request: web.BaseRequest, things: list[Any]) -> list[Any]:
    size = min(int(request.query.get("per_page", "30")), PAGE_MOST)
    first = (int(request.query.get("page", "1")) - 1) * size
    return things[first : first + size]


def _id(repository: SketchedRepository, ref: str) -> str:
    """The commit of `heads/main`, `tags/v1`, `main`, `v1` or an id."""
    names = (
        [ref] if ref.startswith("refs/") else [f"refs/{ref}", f"refs/heads/{ref}", f"refs/tags/{ref}", ref]
    )
    given = "".join(f"{name}^{{commit}}\n" for name in names if not name.startswith("-"))
    for line in repository.git(
        "cat-file", "--batch-check=%(objectname) %(objecttype)", given=given
    ).splitlines():
        sha, _, kind = line.partition(" ")
        if kind == "commit":
            return sha
    return ""


def _told(repository: SketchedRepository, sha: str) -> Json:
    shown = repository.git("show", "--no-patch", "--format=%an%x00%ae%x00%aI%x00%B", sha)
    name, email, date, message = shown.split("\0")
    signature = {"name": name, "email": email, "date": date.replace("+00:00", "Z")}
    return {
        "sha": sha,
        "commit": {"author": signature, "committer": signature, "message": message.rstrip("\n")},
        "author": {"login": name.partition(" ")[0].lower(), "id": 1},
        "parents": [],
    }


def _json(value: Any) -> web.Response:
    return web.Response(text=json.dumps(value), content_type="application/json")


def _no(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"message": message, "documentation_url": DOCUMENTED, "status": str(status)}
    return web.Response(
        status=status, text=json.dumps(body), content_type="application/json", headers=dict(headers or {})
    )

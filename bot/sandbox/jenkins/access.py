"""Who asks: tokens, passwords with crumbs, nobody."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.jenkins import replies
from bot.sandbox.jenkins.users import OVERALL_READ, READ, User

CRUMB_FIELD = "Jenkins-Crumb"
COOKIE = "JSESSIONID.5a4d0b0c"


@dataclass(frozen=True)
class Caller:
    """`user` is `None` for anonymous. By token no crumb is needed."""

    user: User | None
    by_token: bool = False

    @property
    def name(self) -> str:
        return self.user.name if self.user else "anonymous"

    def may(self, right: str) -> bool:
        return self.user is not None and self.user.may(right)


class Gate:
    """Lets a request in, or says why not, in the order in which Jenkins does."""

    def __init__(self, users: Iterable[User]) -> None:
        self._users = {user.name: user for user in users}

    def caller(self, request: web.BaseRequest) -> Caller | None:
        """`None` for credentials that are wrong; other schemes than Basic count as none."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return Caller(None)
        try:
            name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = self._users.get(name)
        if user is None or not secret:
            return None
        if secret == user.token:
            return Caller(user, by_token=True)
        return Caller(user) if secret == user.password else None

    def reader(self) -> Caller:
        """Somebody who may look at everything, for pages that people open in a browser."""
        return Caller(User(name="a person in the browser", token="", rights=frozenset({OVERALL_READ, READ})))

    async def refusal(self, request: web.BaseRequest, caller: Caller, path: list[str]) -> web.Response | None:
        """Why this request goes no further, `None` when it does."""
        uri = request.path
        changing = request.method not in {"GET", "HEAD"}
        if changing and not caller.by_token and not await self._crumb_fits(request, caller):
            return replies.no_crumb(uri)
        if path in (["whoAmI", "api", "json"], ["login"]):
            return None
        if caller.user is None:
            return replies.login_wanted(uri)
        if not caller.may(OVERALL_READ):
            return replies.lacks(caller.name, OVERALL_READ)
        return None

    async def _crumb_fits(self, request: web.BaseRequest, caller: Caller) -> bool:
        session = request.cookies.get(COOKIE, "")
        given = request.headers.get(CRUMB_FIELD) or (await request.post()).get(CRUMB_FIELD)
        return bool(session) and given == crumb(caller, session)


def crumb(caller: Caller, session: str) -> str:
    """Tied to the user and the session, so a crumb without its cookie is worth nothing."""
    return hashlib.sha256(f"{caller.name}:{session}".encode()).hexdigest()

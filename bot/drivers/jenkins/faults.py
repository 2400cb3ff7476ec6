"""What a Jenkins that does not do as asked means: which of the three failures, which reason, in which words.

Statuses and headers were measured on Jenkins 2.516.2. Errors are always HTML, `X-Jenkins` is often absent, and a
bare 500 says nothing but a logging id, so the words say what usually lies behind it and which setting to look at.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import NamedTuple

import jenkins
import requests
import urllib3.exceptions as wire

from bot.drivers.jenkins.paths import without_query
from bot.drivers.jenkins.settings import JenkinsServer
from bot.errors import Failure, Rejected, Unreachable
from bot.reasons import Reason

DOWN = "Jenkins {name} cannot be reached at {url}: {detail}. It will be tried again; if it has moved, set drivers.jenkins.servers.{name}.url."
DROPPED = "Jenkins {name} broke the connection before it had answered. It will be tried again."
SLOW = "Jenkins {name} did not answer within {timeout:g} seconds (drivers.jenkins.servers.{name}.timeout). It will be tried again."
RESTARTING = "Jenkins {name} is starting up or shutting down (HTTP 503). It will be tried again."
GATEWAY = "The proxy in front of Jenkins {name} cannot reach it (HTTP {status}). It will be tried again."
LIMITED = "Jenkins {name} or the proxy in front of it asks for fewer requests (HTTP 429)."
BROKEN = (
    "Jenkins {name} answered {what} with an error of its own (HTTP {status}{logging}); its log says more."
)
CERTIFICATE = "The certificate of Jenkins {name} is not trusted. Set drivers.jenkins.servers.{name}.ca_bundle to the authority that signed it."
NO_TLS = "What answers at {url} does not speak TLS. Check whether drivers.jenkins.servers.{name}.url has to begin with http://."
ADDRESS = "The address of Jenkins {name} cannot be used. Check drivers.jenkins.servers.{name}.url."
WRONG_TOKEN = "Jenkins {name} does not accept the user or token (HTTP 401). Check drivers.jenkins.servers.{name}.user and .token: it must be an API token that has not been revoked."  # noqa: S105 - words about one
ANONYMOUS = "Jenkins {name} treats us as anonymous (HTTP 403): the credentials did not arrive. Check drivers.jenkins.servers.{name}.user and .token, and that a proxy passes the Authorization header on."
CRUMB = "Jenkins {name} asks for a crumb (HTTP 403), so it takes the token for a password. Set drivers.jenkins.servers.{name}.token to an API token."
PERMISSION = "The Jenkins user {user} lacks the permission {permission} on {name}. Grant it, or set another user in drivers.jenkins.servers.{name}."
FORBIDDEN = "Jenkins {name}, or the proxy in front of it, forbids this to the user {user} (HTTP 403)."
REDIRECT = "Jenkins {name} sends us elsewhere ({location}). Set drivers.jenkins.servers.{name}.url to the final address; a login page of single sign-on cannot be passed by a token."
NOT_JENKINS = "What answers at {url} is not Jenkins {name}: {what} is unknown there (HTTP 404). Set drivers.jenkins.servers.{name}.url to the address of its first page, with the context path (such as /jenkins) if it has one."
HTML = "Jenkins {name} answered {what} with a page instead of data. A login or maintenance page in front of it does that; check drivers.jenkins.servers.{name}.url."
TRUNCATED = (
    "Jenkins {name} answered {what} with data that breaks off or makes no sense. It will be tried again."
)
TOO_BIG = "Jenkins {name} answered {what} with more than {limit} bytes, which is not read."
UNEXPECTED = "Jenkins {name} answered {what} with HTTP {status}{detail}, which is not expected."

PERMISSIONS = {
    "hudson.model.Hudson.Read": "Overall/Read",
    "hudson.model.Item.Read": "Job/Read",
    "hudson.model.Item.Build": "Job/Build",
    "hudson.model.Item.Cancel": "Job/Cancel",
    "hudson.model.Item.Discover": "Job/Discover",
}

_LOGGING_ID = re.compile(rb"[Ll]ogging ID[=:\s]*([0-9a-f-]{36})")


class Answer(NamedTuple):
    """One answer: `headers` are looked up by lower-case name, `cut` is true when the body was longer than read."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def html(self) -> bool:
        return "html" in self.header("Content-Type") or self.body.lstrip()[:1] == b"<"


class Asked(NamedTuple):
    """Who was asked for what. `changing` requests may have had their effect although no answer came."""

    name: str
    server: JenkinsServer
    what: str
    changing: bool

    def words(self, template: str, **more: object) -> str:
        server = self.server
        return template.format(
            name=self.name, url=server.url, user=server.user, what=self.what, timeout=server.timeout, **more
        )

    def later(self, reason: Reason, template: str, *, sent: bool = True, **more: object) -> Unreachable:
        maybe = sent and self.changing
        wait = self.server.grace if maybe else None
        return Unreachable(reason, self.words(template, **more), retry_after=wait, maybe_done=maybe)

    def never(self, reason: Reason, template: str, **more: object) -> Rejected:
        return Rejected(reason, self.words(template, **more))


def transport_failure(asked: Asked, error: Exception) -> Failure:
    """What a request that got no answer means. Only a connection that was never made proves that nothing was done."""
    if isinstance(error, jenkins.TimeoutException):
        connecting = isinstance(error.__context__, requests.exceptions.ConnectTimeout)
        return asked.later(Reason.PEER_SLOW, SLOW, sent=not connecting)
    if isinstance(error, (TimeoutError, wire.ReadTimeoutError, requests.exceptions.Timeout)):
        return asked.later(Reason.PEER_SLOW, SLOW)
    if isinstance(error, requests.exceptions.SSLError):
        doubted = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return asked.never(Reason.PEER_BROKEN, CERTIFICATE if doubted else NO_TLS)
    if isinstance(error, requests.exceptions.ConnectionError):
        cause = getattr(error.args[0], "reason", None) if error.args else None
        if isinstance(cause, wire.NameResolutionError):
            return asked.later(Reason.PEER_DOWN, DOWN, sent=False, detail="its name is not known")
        if isinstance(cause, (wire.NewConnectionError, wire.ProxyError)):
            return asked.later(Reason.PEER_DOWN, DOWN, sent=False, detail="nothing answers there")
        return asked.later(Reason.PEER_DOWN, DROPPED)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return asked.never(Reason.PEER_BROKEN, ADDRESS)
    return asked.later(Reason.PEER_DOWN, DROPPED)


def judge(asked: Asked, answer: Answer) -> Answer:
    """Pass on what the caller has to understand; raise what means the same whatever was asked."""
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            raise asked.never(Reason.CREDENTIALS_WRONG, WRONG_TOKEN)
        case HTTPStatus.FORBIDDEN:
            raise forbidden(asked, answer)
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise _limited(asked, answer)
        case HTTPStatus.SERVICE_UNAVAILABLE:
            raise asked.later(Reason.PEER_RESTARTING, RESTARTING)
        case HTTPStatus.BAD_GATEWAY | HTTPStatus.GATEWAY_TIMEOUT:
            raise asked.later(Reason.PEER_DOWN, GATEWAY, status=answer.status)
        case _:
            return answer


def forbidden(asked: Asked, answer: Answer) -> Rejected:
    """403 has four causes: a named permission, a missing crumb, no credentials at all, or a proxy."""
    if required := answer.header("X-Required-Permission"):
        permission = PERMISSIONS.get(required, required)
        return asked.never(Reason.PERMISSION_MISSING, PERMISSION, permission=permission)
    if b"No valid crumb" in answer.body:
        return asked.never(Reason.CREDENTIALS_WRONG, CRUMB)
    if b"Authentication required" in answer.body or b"/login?from=" in answer.body:
        return asked.never(Reason.CREDENTIALS_WRONG, ANONYMOUS)
    return asked.never(Reason.PERMISSION_MISSING, FORBIDDEN)


def unexpected(asked: Asked, answer: Answer) -> Failure:
    """What an answer means that the caller has no use for."""
    if 300 <= answer.status < 400:
        location = without_query(answer.header("Location")) or "nowhere"
        return asked.never(Reason.ANSWER_UNREADABLE, REDIRECT, location=location)
    if answer.status >= 500:
        return asked.later(Reason.PEER_BROKEN, BROKEN, status=answer.status, logging=logging_id(answer))
    said = answer.header("X-Error")
    detail = f" ({said[:200]})" if said else ""
    return asked.never(Reason.ANSWER_UNREADABLE, UNEXPECTED, status=answer.status, detail=detail)


def logging_id(answer: Answer) -> str:
    """The id under which Jenkins' own log tells the cause, where the page shows one."""
    found = _LOGGING_ID.search(answer.body)
    return f", logging id {found.group(1).decode()}" if found else ""


def _limited(asked: Asked, answer: Answer) -> Unreachable:
    wait = answer.header("Retry-After")
    seconds = float(wait) if wait.isdecimal() else None
    return Unreachable(Reason.RATE_LIMITED, asked.words(LIMITED), retry_after=seconds)

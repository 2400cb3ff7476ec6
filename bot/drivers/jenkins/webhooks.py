"""What Jenkins (or a step of its pipeline) may tell us at once, so that a run is looked at sooner than it would be.

Jenkins' own plugins sign nothing, so the body is signed by whoever sends it, with the server's `webhook_secret`:
`X-Pilothouse-Signature: sha256=<hex HMAC-SHA256 of the raw body>`. A webhook decides nothing: it only makes us look,
with our own credentials.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import msgspec

from bot.drivers.jenkins.settings import JenkinsServer, JenkinsSettings
from bot.errors import BadRequest
from bot.events import LookAtRun

SIGNATURE = "X-Pilothouse-Signature"
KEY_OF = "pilothouse-"

NO_SOURCE = "No Jenkins of that name takes webhooks."
NOT_SIGNED = f"The signature is missing or wrong ({SIGNATURE}: sha256=<hex>)."
NOT_READ = 'The body is neither {{"key": …}} nor a notification with the parameter {key_parameter}.'


class _Build(msgspec.Struct):
    parameters: dict[str, object] = {}
    phase: str = ""


class _Notification(msgspec.Struct):
    """The Notification plugin's JSON, or `{"key": …, "phase": …}` from a pipeline's own step.

    https://plugins.jenkins.io/notification/
    """

    key: str = ""
    phase: str = ""
    build: _Build = msgspec.field(default_factory=_Build)


_decoder = msgspec.json.Decoder(_Notification)


def parse_webhook(
    settings: JenkinsSettings, source: str, headers: Mapping[str, str], body: bytes
) -> LookAtRun:
    """Verify, then parse: pure. `source` is the server's name.

    Raises `BadRequest` with 404 (no such source), 401 (signature) or 400 (body).
    """
    server = settings.servers.get(source)
    if server is None or server.webhook_secret is None:
        raise BadRequest(NO_SOURCE, status=404)
    _verify(server.webhook_secret.get_secret_value(), headers.get(SIGNATURE, ""), body)
    try:
        told = _decoder.decode(body)
    except msgspec.DecodeError as problem:
        raise BadRequest(NOT_READ.format(key_parameter=server.key_parameter)) from problem
    key = _key(server, told)
    if not key.startswith(KEY_OF) or len(key) > 100:
        raise BadRequest(NOT_READ.format(key_parameter=server.key_parameter))
    return LookAtRun(deployment=key.removeprefix(KEY_OF), phase=(told.phase or told.build.phase)[:40])


def _verify(secret: str, signature: str, body: bytes) -> None:
    own = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(own.encode(), signature.encode("utf-8", "replace")):
        raise BadRequest(NOT_SIGNED, status=401)


def _key(server: JenkinsServer, told: _Notification) -> str:
    found = told.key or told.build.parameters.get(server.key_parameter, "")
    return found if isinstance(found, str) else ""

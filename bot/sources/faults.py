"""What it means when git fails, by its own words: in a sentence, with one of the house's reasons."""

from __future__ import annotations

import re

from bot.errors import Unreachable
from bot.outgoing import one_line
from bot.reasons import Reason

NO_GIT = "The git command is not installed where this server runs."
SLOW = "{where} did not answer within {seconds:g} s."
SAID = "{where}: {what} (git says: {words})"
LONGEST = 200

_CREDENTIALS = (
    r"Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied"
    r"|HTTP 40[13]|error: 40[13]|Host key verification failed|unable to read askpass"
)
_FOLDER = r"dubious ownership|unable to (?:create|write)|insufficient permission|Read-only file system"
_MISSING = r"not found|does not exist|does not appear to be a git repository"
_AWAY = (
    r"Could not resolve|Failed to connect|Connection (?:refused|reset|timed out|closed)|Network is unreachable"
    r"|Operation timed out|early EOF|hung up|Could not connect|RPC failed|error: 5\d\d|HTTP 5\d\d"
)
# Git's own sentences, in its untranslated form (LC_ALL=C); the first that is found counts.
_MEANINGS = (
    (_CREDENTIALS, Reason.CREDENTIALS_WRONG, "git may not read it: look at its credentials"),
    (_FOLDER, Reason.PERMISSION_MISSING, "the server's user may not use a folder"),
    (_MISSING, Reason.PEER_BROKEN, "there is no such repository"),
    (_AWAY, Reason.PEER_DOWN, "it can't be reached"),
)
OTHERWISE = "git could not do it"
_CORRUPT = re.compile(
    r"corrupt|bad object|missing blob|missing tree|unable to read|invalid sha1 pointer|loose object .* is"
    r"|not a git repository|bad (?:pack|config)|inflate|packed object",
    re.IGNORECASE,
)
_LOCKED = re.compile(r"\.lock': File exists")


def failed(where: str, errors: str) -> Unreachable:
    """Git ended with an error. `where` names the repository as people know it."""
    for pattern, reason, what in _MEANINGS:
        if re.search(pattern, errors):
            return Unreachable(reason, SAID.format(where=where, what=what, words=_told(errors)))
    return Unreachable(Reason.PEER_BROKEN, SAID.format(where=where, what=OTHERWISE, words=_told(errors)))


def too_slow(where: str, seconds: float) -> Unreachable:
    return Unreachable(Reason.PEER_SLOW, SLOW.format(where=where, seconds=seconds))


def no_git() -> Unreachable:
    return Unreachable(Reason.PEER_BROKEN, NO_GIT)


def corrupt(errors: str) -> bool:
    """Whether it is our clone that is broken: then it is made anew."""
    return _CORRUPT.search(errors) is not None


def locked(errors: str) -> bool:
    """Whether a lock of a process that was killed is in the way."""
    return _LOCKED.search(errors) is not None


def _told(errors: str) -> str:
    """The line that says most: the last `fatal:` one, else the last."""
    said = [line.strip() for line in errors.splitlines() if line.strip()]
    fatal = [line for line in said if line.startswith(("fatal:", "ERROR:", "remote:"))]
    return one_line((fatal or said or [""])[-1], LONGEST) or "nothing"

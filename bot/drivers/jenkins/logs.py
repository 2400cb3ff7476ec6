"""A run's log by offset, clean: without console notes, ANSI sequences and the CRLF that Jenkins makes of LF.

`X-Text-Size` is an offset in the file, whose lines end with LF, while the body's end with CRLF; a line that has no end
yet is counted in it but not served. Both were measured, see `docs/jenkins.md`.
"""

from __future__ import annotations

import re

from bot.drivers.jenkins import faults, paths
from bot.drivers.jenkins.client import JenkinsClient
from bot.drivers.jenkins.faults import Answer
from bot.runs import LogChunk, RunRef, RunTarget

LIMIT = 256 * 1024
"""Bytes of log per call. Of more only the tail is read."""

LEFT_OUT = "[… {0} kB of log left out …]\n"

_NOTE = re.compile(rb"\x1b\[8mha:[^\x1b]*\x1b\[0m")
_ANSI = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    rb"|\x1b[ -/]*[0-Z\\^-~]"  # the short ones
)
_UNFINISHED = re.compile(
    rb"\x1b(?:"
    rb"\[8m(?:h(?:a(?::[^\x1b]*(?:\x1b(?:\[0?)?)?)?)?)?"  # a note, from its first byte to before its last
    rb"|\[[0-?]*[ -/]*"
    rb"|\][^\x07\x1b]*\x1b?"
    rb")?\Z"
)
_CONTROLS = {code: None for code in range(32) if code not in (9, 10)} | {127: None}
_LONGEST_NOTE = 64 * 1024


async def read(client: JenkinsClient, target: RunTarget, ref: RunRef, offset: int) -> LogChunk:
    """As `bot.ports.Runs.log`; offsets are bytes of the log file on the server."""
    if not ref.number:
        return LogChunk(text="", offset=offset, more=True)
    path = f"{paths.build_path(target.job, ref.number)}/logText/progressiveText"
    start = max(offset, 0)
    skipped = 0
    answer, size = await _from(client, path, start)
    if size - start > LIMIT:
        skipped = size - LIMIT - start
        start = size - LIMIT
        answer, size = await _from(client, path, start)
    if answer.status == 404 or start > size:
        # Deleted; or beyond the end, for which Jenkins serves the whole log again.
        return LogChunk(text="", offset=min(offset, size) if size else offset, more=_more(answer))
    return await _chunk(client, path, answer, start=start, size=size, skipped=skipped)


async def _from(client: JenkinsClient, path: str, start: int) -> tuple[Answer, int]:
    """CRLF may double the length, and the log grows between two requests: hence the room above the limit."""
    answer = await client.get(path, limit=2 * LIMIT + 65536, start=str(start))
    if answer.status not in {200, 404}:
        raise faults.unexpected(client.asked(path), answer)
    said = answer.header("X-Text-Size")
    return answer, int(said) if said.isdecimal() else start + len(_lines(answer.body))


async def _chunk(
    client: JenkinsClient, path: str, answer: Answer, *, start: int, size: int, skipped: int
) -> LogChunk:
    more = _more(answer) or answer.cut
    body = _lines(answer.body)
    end = start + len(body)
    if end > size or (end < size and not answer.cut and not await _withheld(client, path, end, answer)):
        # Bytes that are not UTF-8 come as longer substitutes, and a file may have CRLF of its own: then only the
        # size tells where to go on.
        end = size
    held = _unfinished(body) if more else 0
    if held:
        body = body[:-held]
    text = clean(body)
    if skipped:
        first = text.find("\n") + 1
        text = LEFT_OUT.format(skipped // 1024 or 1) + text[first:]
    return LogChunk(text=text, offset=max(start, end - held), more=more)


async def _withheld(client: JenkinsClient, path: str, end: int, answer: Answer) -> bool:
    """Is what lies between our end and the size a line without its end? Then nothing is served from there yet."""
    if not _more(answer):
        return False
    rest, _ = await _from(client, path, end)
    return not rest.body


def _more(answer: Answer) -> bool:
    return answer.header("X-More-Data") == "true"


def _lines(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n")


def _unfinished(body: bytes) -> int:
    """Bytes at the end that cannot be judged yet: a console note, a sequence, a character that is not complete."""
    found = _UNFINISHED.search(body, max(0, len(body) - _LONGEST_NOTE))
    if found:
        return len(body) - found.start()
    if body.endswith(b"\r"):
        return 1
    for back in range(1, min(4, len(body) + 1)):
        byte = body[-back]
        if byte & 0xC0 == 0xC0:
            wanted = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2
            return back if back < wanted else 0
        if byte < 0x80:
            return 0
    return 0


def clean(raw: bytes) -> str:
    """Text for people: LF line ends, no notes, no ANSI, no control characters but tab."""
    plain = _ANSI.sub(b"", _NOTE.sub(b"", raw))
    text = plain.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_CONTROLS)

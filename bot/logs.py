"""Logs to standard output, one record a line: JSON for machines, text for people, and no secret in either.

What a record says besides its sentence travels in `extra`: `deployment`, `message_id`, `subject`, `action`.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from aiohttp.http_exceptions import HttpProcessingError

from bot.redaction import Redactor

QUIET: Mapping[str, int] = {
    "aiohttp.access": logging.WARNING,
    "apscheduler": logging.WARNING,
    "asyncio": logging.WARNING,
    "requests": logging.WARNING,
    "slack_bolt": logging.WARNING,
    # Below this level the SDK prints whole requests and answers.
    "slack_sdk": logging.WARNING,
    "urllib3": logging.WARNING,
}
UNCAUGHT = "Nobody caught this"

Form = Literal["json", "text"]

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}


class RedactedFormatter(logging.Formatter):
    """A record as one line, from which every known form of a secret is gone: sentence, extras, traceback."""

    def __init__(self, redactor: Redactor, form: Form) -> None:
        super().__init__()
        self._redactor = redactor
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        parts = self._parts(record)
        line = as_json(parts) if self._form == "json" else as_text(parts)
        # Once more over the whole: what escaping has changed is looked for in its escaped form.
        return self._redactor.known(line)

    def _parts(self, record: logging.LogRecord) -> dict[str, Any]:
        redacted = self._redactor.text
        parts: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "sentence": redacted(_sentence(record)),
        }
        extras = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        for name, value in self._redactor.value(extras).items():
            if value not in ("", None):
                parts.setdefault(name, value)
        if record.exc_info and record.exc_info[0] is not None:
            parts["exception"] = redacted(self.formatException(record.exc_info))
        if record.stack_info:
            parts["stack"] = redacted(record.stack_info)
        return parts


def _sentence(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError) as misfit:
        # A log line must not fail because its arguments don't fit; both are printed instead.
        return f"{record.msg} {record.args!r} ({misfit})"


def as_json(parts: Mapping[str, Any]) -> str:
    return json.dumps(parts, ensure_ascii=False)


def as_text(parts: Mapping[str, Any]) -> str:
    """`2026-03-01T09:00:00.000+00:00 info     bot.bus  The sentence  deployment=…`, then a traceback, indented."""
    rest = {
        name: value
        for name, value in parts.items()
        if name not in {"time", "level", "logger", "sentence", "exception", "stack"}
    }
    extras = "".join(f"  {name}={value}" for name, value in rest.items())
    head = f"{parts['time']} {parts['level']:<8} {parts['logger']}  {parts['sentence']}{extras}"
    lines = [_one_line(head)]
    for name in ("exception", "stack"):
        lines += [f"    {_one_line(line)}" for line in str(parts.get(name, "")).splitlines()]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """No line ends and no terminal sequences: what people typed can't pretend to be a record of ours."""
    return text.replace("\n", "\\n").translate(_CONTROL)


class _NotOurs(logging.Filter):
    """Drops what aiohttp says about peers that don't speak HTTP: they were answered 400, and there are many."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def set_up(
    redactor: Redactor, *, form: Form = "json", level: int = logging.INFO, stream: TextIO | None = None
) -> Callable[[], None]:
    """Send every record of the process there, and what nobody caught. Returns what undoes it."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(RedactedFormatter(redactor, form))
    not_ours = _NotOurs()
    server = logging.getLogger("aiohttp.server")
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in QUIET}
    root_before, hooks_before = root.level, (sys.excepthook, threading.excepthook)
    root.addHandler(handler)
    root.setLevel(level)
    server.addFilter(not_ours)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, level))
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def undo() -> None:
        logging.captureWarnings(capture=False)
        sys.excepthook, threading.excepthook = hooks_before
        for name, was in before.items():
            logging.getLogger(name).setLevel(was)
        server.removeFilter(not_ours)
        root.removeHandler(handler)
        root.setLevel(root_before)
        handler.close()

    return undo


def _log_uncaught(kind: type[BaseException], problem: BaseException | None, trace: Any) -> None:
    """A traceback on standard error would be the one thing that nobody redacts."""
    if problem is None or issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical(UNCAUGHT, exc_info=(kind, problem, trace))

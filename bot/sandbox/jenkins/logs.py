"""A build's log over HTTP: the file has LF and console notes, the answer CRLF and whole lines only."""

from __future__ import annotations

import re

from aiohttp import web

from bot.sandbox.jenkins.records import Build

_NOTE = re.compile(r"\x1b\[8mha:[^\x1b]*\x1b\[0m")
_LONE_LF = re.compile(r"(?<!\r)\n")


def progressive(build: Build, start: int) -> web.Response:
    """`X-Text-Size` is the file's size, also of a last line that is held back until it ends.

    Beyond the end the whole log is served again; a negative start gives nothing.
    """
    log = bytes(build.log)
    begin = 0 if start > len(log) else start
    piece = b"" if begin < 0 else log[begin:]
    if build.building:
        piece = piece[: piece.rfind(b"\n") + 1]
    headers = {"Content-Type": "text/plain;charset=utf-8", "X-Text-Size": str(len(log))}
    if build.building:
        headers["X-More-Data"] = "true"
    text = _LONE_LF.sub("\r\n", piece.decode("utf-8", "replace"))
    return web.Response(body=text.encode(), headers=headers)


def plain(build: Build) -> str:
    """The log for people."""
    return _NOTE.sub("", build.log.decode("utf-8", "replace"))


def console_text(build: Build) -> web.Response:
    return web.Response(text=plain(build), headers={"Content-Type": "text/plain;charset=utf-8"})

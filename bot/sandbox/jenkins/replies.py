"""The shapes of the stand-in's answers: JSON, Jenkins' error pages, and the bare ones of the servlet container.

Which headers come with which answer follows the recordings: `X-Jenkins` is absent on 201, 401, the crumb 403, 503,
the stage view and logs.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from aiohttp import web

VERSION = "2.516.2"

_JETTY = """<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>
<title>Error {status} {message}</title>
</head>
<body><h2>HTTP ERROR {status} {message}</h2>
<table>
<tr><th>URI:</th><td>{uri}</td></tr>
<tr><th>STATUS:</th><td>{status}</td></tr>
<tr><th>MESSAGE:</th><td>{message}</td></tr>
{servlet}</table>
<hr/><a href="https://jetty.org/">Powered by Jetty:// 12.0.14</a><hr/>

</body>
</html>
"""
_SERVLET = "<tr><th>SERVLET:</th><td>Stapler</td></tr>\n"
_LOGIN = "<html><head><meta http-equiv='refresh' content='1;url={at}'/></head><body style='background-color:white; color:white;'>\nAuthentication required\n<!--\n-->\n\n</body></html>"
_NOT_FOUND = "<html><head><meta http-equiv='refresh' content='1;url=..'/></head><body style='background-color:white; color:white;'>\nNot found\n<!--\n-->\n\n</body></html>"
_OOPS = "\n  \n  <!DOCTYPE html><html><head><title>{title} - Jenkins</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
_STARTING = '\n    \n    \n    <!DOCTYPE html><html lang="en"><head><title>Starting Jenkins</title></head><body><h1>Please wait while Jenkins is getting ready to work…</h1></body></html>'

JENKINS = {"X-Hudson": "1.395", "X-Jenkins": VERSION, "X-Jenkins-Session": "5a4d0b0c"}


class Aborted(Exception):  # noqa: N818 - it ends the connection, it is no error
    """No answer: the connection is broken."""


def _html(
    status: int, text: str, headers: dict[str, str] | None = None, reason: str | None = None
) -> web.Response:
    return web.Response(
        status=status, reason=reason, text=text, content_type="text/html", charset="utf-8", headers=headers
    )


def told(body: bytes, *, plugin: bool = False) -> web.Response:
    headers = {} if plugin else {k: v for k, v in JENKINS.items() if k != "X-Hudson"}
    return web.Response(body=body, headers={**headers, "Content-Type": "application/json;charset=utf-8"})


def stage_view(value: Any) -> web.Response:
    return told(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), plugin=True)


def jetty(
    status: int, message: str, uri: str, *, servlet: bool = True, headers: dict[str, str] | None = None
) -> web.Response:
    text = _JETTY.format(
        status=status, message=escape(message), uri=escape(uri), servlet=_SERVLET if servlet else ""
    )
    return web.Response(
        status=status,
        body=text.encode("iso-8859-1", "replace"),
        headers={"Content-Type": "text/html;charset=iso-8859-1", **(headers or {})},
    )


def unauthorized(uri: str) -> web.Response:
    return jetty(401, "Unauthorized", uri, headers={"WWW-Authenticate": 'Basic realm="Jenkins"'})


def no_crumb(uri: str) -> web.Response:
    return jetty(403, "No valid crumb was included in the request", uri)


def login_wanted(uri: str) -> web.Response:
    return _html(403, _LOGIN.format(at=f"/login?from={escape(uri)}"), JENKINS)


def lacks(user: str, permission: str) -> web.Response:
    headers = {
        **JENKINS,
        "X-You-Are-Authenticated-As": user,
        "X-You-Are-In-Group-Disabled": "JENKINS-39402: use -Dhudson.security.AccessDeniedException2.REPORT_GROUP_HEADERS=true or use /whoAmI to diagnose",
        "X-Required-Permission": permission,
    }
    text = f"{user} is missing the {permission} permission"
    return _html(403, _OOPS.format(title="Access Denied", text=text), headers)


def not_found() -> web.Response:
    return _html(404, _OOPS.format(title="Not Found", text="This page may not exist"), JENKINS)


def plugin_not_found() -> web.Response:
    return _html(404, _NOT_FOUND)


def oops(status: int, text: str = "", logging_id: str = "", **headers: str) -> web.Response:
    shown = (
        f"A problem occurred while processing the request. Logging ID={logging_id}"
        if logging_id
        else escape(text)
    )
    reason = "Server Error" if status == 500 else None
    return _html(
        status,
        _OOPS.format(title="Oops!" if status == 500 else "Error", text=shown),
        {**JENKINS, **headers},
        reason,
    )


def not_allowed(*, allow: bool) -> web.Response:
    return oops(405, "This URL requires POST", **({"Allow": "POST"} if allow else {}))


def starting() -> web.Response:
    return _html(503, _STARTING)


def moved(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


def page(text: str) -> web.Response:
    return _html(200, text, JENKINS)

"""Pages for people: cards link to jobs and builds. Small, without any of Jenkins' own looks."""

from __future__ import annotations

import json
from html import escape
from urllib.parse import quote

from bot.sandbox.jenkins import logs, stageview
from bot.sandbox.jenkins.records import Build, JobState

_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{refresh}
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d1c1d}}
pre{{background:#f4f4f4;padding:1rem;overflow:auto}}li{{margin:.2rem 0}}button{{font:inherit;padding:.3rem 1rem;margin-right:.5rem}}
.state{{font-weight:600}}nav{{color:#616061}}</style></head><body><nav>Sandbox Jenkins</nav>{body}</body></html>"""
_REFRESH = '<meta http-equiv="refresh" content="2">'
_ASK = """<p>{message}</p><p><button data-proceed="true">{proceed}</button><button data-proceed="false">Abort</button></p>
<script>for (const b of document.querySelectorAll('button')) b.onclick = async () => {{
  await fetch('/sandbox/answer', {{method: 'POST', headers: {{'Content-Type': 'application/json', 'X-Pilothouse-Sandbox': '1'}},
    body: JSON.stringify({{...{target}, proceed: b.dataset.proceed === 'true'}})}}); location.reload() }}</script>"""


def root(names: list[str]) -> str:
    paths = {name: "/".join(f"job/{quote(part, safe='')}" for part in name.split("/")) for name in names}
    jobs = "".join(f'<li><a href="{path}/">{escape(name)}</a></li>' for name, path in paths.items())
    return _FRAME.format(title="Jobs", refresh="", body=f"<h1>Jobs</h1><ul>{jobs}</ul>")


def job(state: JobState) -> str:
    builds = "".join(
        f'<li><a href="{build.number}/">#{build.number}</a> {escape(_state(build))}</li>'
        for build in state.newest_first
    )
    note = " (disabled)" if state.disabled else ""
    body = f"<h1>{escape(state.job.name)}{note}</h1><p>{escape(state.job.description)}</p><ul>{builds}</ul>"
    return _FRAME.format(title=escape(state.job.name), refresh="", body=body)


def build(one: Build) -> str:
    title = f"{one.job.name} #{one.number}"
    values = "".join(f"<li>{escape(name)}: {escape(str(value))}</li>" for name, value in one.values.items())
    stages = "".join(f"<li>{escape(stage.name)}: {escape(stage.status)}</li>" for stage in one.stages)
    body = (
        f'<h1>{escape(title)}</h1><p class="state">{escape(_state(one))}</p>{_question(one)}'
        f"<ul>{values}</ul><ol>{stages}</ol><pre>{escape(logs.plain(one))}</pre>"
    )
    return _FRAME.format(title=escape(title), refresh=_REFRESH if one.building else "", body=body)


def _state(one: Build) -> str:
    if one.pending:
        return "waits for an answer"
    return one.result or "running"


def _question(one: Build) -> str:
    ask = one.pending
    if ask is None:
        return ""
    target = json.dumps({"job": one.job.name, "number": one.number, "input": ask.id}).replace("<", "\\u003c")
    message = escape(stageview.message(one, ask))
    return _ASK.format(message=message, proceed=escape(ask.proceed), target=target)

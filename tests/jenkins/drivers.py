"""A driver for one server named `ci`, and targets on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.drivers.jenkins import JenkinsRuns, JenkinsServer, JenkinsSettings
from bot.runs import RunTarget

TOKEN = "11bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
DECLARED = {"VERSION": "2.0.1", "ENVIRONMENT": "production", "DRY_RUN": "false"}


@asynccontextmanager
async def driving(url: str, **settings: Any) -> AsyncIterator[JenkinsRuns]:
    settings = {"user": "ci-bot", "token": SecretStr(TOKEN), "timeout": 2.0, **settings}
    runs = JenkinsRuns(JenkinsSettings(servers={"ci": JenkinsServer(url=url, **settings)}))
    try:
        yield runs
    finally:
        await runs.close()


def target(job: str = "deploy", **parameters: str) -> RunTarget:
    return RunTarget(driver="jenkins", server="ci", job=job, parameters=parameters)

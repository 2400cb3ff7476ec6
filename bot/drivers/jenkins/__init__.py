"""Jenkins: start, watch, read, answer and cancel runs on any number of servers. `docs/jenkins.md` is for people."""

from __future__ import annotations

from bot.drivers.jenkins.runs import JenkinsRuns
from bot.drivers.jenkins.settings import JenkinsServer, JenkinsSettings
from bot.drivers.jenkins.webhooks import parse_webhook

__all__ = ["JenkinsRuns", "JenkinsServer", "JenkinsSettings", "parse_webhook"]

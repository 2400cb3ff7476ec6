"""A strict stand-in for Jenkins over real HTTP, held to recordings of a real one. `docs/jenkins.md` tells its limits."""

from __future__ import annotations

from bot.sandbox.jenkins.faults import Faults
from bot.sandbox.jenkins.jobs import Ask, Folder, Job, Parameter, Stage
from bot.sandbox.jenkins.server import JenkinsStandIn
from bot.sandbox.jenkins.users import USERS, User

__all__ = ["USERS", "Ask", "Faults", "Folder", "JenkinsStandIn", "Job", "Parameter", "Stage", "User"]

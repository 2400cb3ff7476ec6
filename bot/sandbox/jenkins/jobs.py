"""What a stand-in Jenkins is filled with: folders, jobs, their parameters, and what their builds do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["String", "Text", "Choice", "Boolean", "Password", "File"]
Result = Literal["SUCCESS", "UNSTABLE", "FAILURE", "ABORTED", "NOT_BUILT"]
Values = Mapping[str, str | bool]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A declared parameter. A choice's default is its first choice, a boolean's `"true"` or anything else."""

    name: str
    kind: Kind = "String"
    default: str = ""
    choices: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A question of the `input` step. `$NAME` in the message stands for a parameter of the build."""

    id: str
    message: str
    proceed: str = "Proceed"
    parameters: tuple[Parameter, ...] = ()
    submitter: str = ""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of a pipeline: it logs its lines over `seconds`, perhaps asks, and perhaps fails with `error`."""

    name: str
    seconds: float = 1.0
    lines: tuple[str, ...] = ()
    ask: Ask | None = None
    error: str = ""
    unstable: bool = False


@dataclass(frozen=True, kw_only=True)
class Past:
    """A build that had ended when the stand-in began, `ago` seconds before. `commit` is what the git plugin says of it."""

    values: Values
    result: Result = "SUCCESS"
    ago: float = 3_600.0
    seconds: float = 30.0
    name: str = ""
    commit: str = ""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Folders of jobs are made by themselves; name one here to make it a multibranch project."""

    name: str
    multibranch: bool = False


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job by its full name (`team-a/sub team/release job`, `multi/feature%2Fnew-thing`).

    With `stages` it is a pipeline, else freestyle: its `lines` (`$NAME` is a parameter) come over `seconds`, then the
    `result`, which may be worked out from the parameters. `declared_by_first_run`: a Jenkinsfile's parameters. `past` are
    builds from before, oldest first.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    seconds: float = 1.0
    lines: tuple[str, ...] = ("working", "done")
    result: Result | Callable[[Values], Result] = "SUCCESS"
    stages: tuple[Stage, ...] = ()
    description: str = ""
    disabled: bool = False
    label: str = ""
    declared_by_first_run: bool = False
    past: tuple[Past, ...] = ()

    @property
    def pipeline(self) -> bool:
        return bool(self.stages)

    @property
    def short_name(self) -> str:
        return self.name.rpartition("/")[2]

"""What is read of Jenkins' JSON, as frozen values; everything else in an answer is ignored.

Shapes were measured on 2.516.2; https://www.jenkins.io/doc/book/using/remote-access-api/ tells of `tree`.
"""

from __future__ import annotations

from typing import Any

import msgspec

PARAMETERS = "actions[_class,parameters[name,value]]"
ITEM_TREE = f"id,why,cancelled,executable[number],{PARAMETERS}"
QUEUE_TREE = f"items[{ITEM_TREE}]"
BUILD_TREE = f"number,building,result,timestamp,duration,estimatedDuration,queueId,{PARAMETERS}"
JOB_TREE = (
    "fullName,buildable,disabled,color,lastBuild[number],"
    "property[parameterDefinitions[name,type,choices]],jobs[name]"
)


class Answered(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Common to all: Jenkins' own name for the kind of thing, ``""`` where it is hidden."""

    class_: str = msgspec.field(default="", name="_class")


class Parameter(Answered, frozen=True, kw_only=True, rename="camel"):
    """A build's parameter. Passwords and files come without a value."""

    name: str = ""
    value: Any = None


class Action(Answered, frozen=True, kw_only=True, rename="camel"):
    parameters: list[Parameter] | None = None


class Carrier(Answered, frozen=True, kw_only=True, rename="camel"):
    """A queue item or a build: it carries the parameters it was started with."""

    actions: list[Action | None] | None = None

    def parameter(self, name: str) -> Any:
        """The value the parameter was given, `None` when it has none or none that is shown."""
        for action in self.actions or ():
            for parameter in (action and action.parameters) or ():
                if parameter.name == name:
                    return parameter.value
        return None

    def has(self, kind: str) -> bool:
        """Whether there is an action whose class ends so."""
        return any(action is not None and action.class_.endswith(kind) for action in self.actions or ())


class Executable(Answered, frozen=True, kw_only=True, rename="camel"):
    number: int | None = None


class QueueItem(Carrier, frozen=True, kw_only=True, rename="camel"):
    id: int
    why: str | None = None
    cancelled: bool | None = None
    executable: Executable | None = None


class Queue(Answered, frozen=True, kw_only=True, rename="camel"):
    """An answer without `items` is not an empty queue: it is no answer."""

    items: list[QueueItem]


class Build(Carrier, frozen=True, kw_only=True, rename="camel"):
    """Times are milliseconds: `timestamp` since the epoch, `estimated_duration` -1 when there is no history."""

    number: int = 0
    building: bool = False
    result: str | None = None
    timestamp: int = 0
    duration: int = 0
    estimated_duration: int = -1
    queue_id: int = -1

    @property
    def pipeline(self) -> bool:
        return self.class_.endswith(".WorkflowRun")


class Builds(Answered, frozen=True, kw_only=True, rename="camel"):
    """The newest builds. `next_build_number` is the number that the next one gets, whatever was deleted."""

    builds: list[Build]
    next_build_number: int | None = None


class OlderBuilds(Answered, frozen=True, kw_only=True, rename="camel"):
    all_builds: list[Build]


class Definition(Answered, frozen=True, kw_only=True, rename="camel"):
    """A declared parameter. `choices` is Jenkins' own list of texts; plugins give it whatever shape they like."""

    name: str = ""
    type: str = ""
    choices: Any = None

    @property
    def kind(self) -> str:
        """The class's short name, such as `ChoiceParameterDefinition`."""
        return self.type or self.class_.rpartition(".")[2]

    @property
    def allowed(self) -> list[str]:
        """What a value has to be one of; empty when anything goes, or when only its plugin knows."""
        fixed = self.kind.endswith("ChoiceParameterDefinition") and isinstance(self.choices, list)
        return [str(choice) for choice in self.choices] if fixed else []


class Property(Answered, frozen=True, kw_only=True, rename="camel"):
    parameter_definitions: list[Definition] | None = None


class Child(Answered, frozen=True, kw_only=True, rename="camel"):
    name: str


class Job(Answered, frozen=True, kw_only=True, rename="camel"):
    """A job, or a folder: that has `jobs` and cannot be built."""

    full_name: str = ""
    buildable: bool | None = None
    disabled: bool | None = None
    color: str | None = None
    last_build: Executable | None = None
    properties: list[Property | None] | None = msgspec.field(default=None, name="property")
    jobs: list[Child] | None = None

    @property
    def definitions(self) -> list[Definition]:
        return [d for p in self.properties or () if p for d in p.parameter_definitions or ()]


class WhoAmI(Answered, frozen=True, kw_only=True, rename="camel"):
    name: str
    anonymous: bool


class Root(Answered, frozen=True, kw_only=True, rename="camel"):
    quieting_down: bool | None = None
    quiet_down_reason: str | None = None


class StageError(msgspec.Struct, frozen=True, kw_only=True):
    message: str | None = None


class StageView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A stage as the stage view plugin (`pipeline-rest-api`) tells it."""

    name: str = ""
    status: str = ""
    duration_millis: int = 0
    error: StageError | None = None


class RunView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    status: str = ""
    stages: list[StageView] = []


class InputField(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""


class PendingInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    message: str | None = None
    proceed_text: str | None = None
    inputs: list[InputField] | None = None

"""YAML text to plain data, remembering the line of every key and value, within bounds.

Only what YAML's safe schema knows becomes data; nothing here knows what the keys mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode

from config.faults import Path

LARGEST_FILE = 1_000_000
MOST_NODES = 50_000
DEEPEST = 40
MERGE_TAG = "tag:yaml.org,2002:merge"
TEXT_TAG = "tag:yaml.org,2002:str"

TAB = "a tab cannot indent YAML; use spaces"
TOO_DEEP = f"is nested more than {DEEPEST} deep"
TOO_LARGE = f"the file grows beyond {MOST_NODES} values when its aliases are followed"
NOT_A_MAPPING = "the file must be a mapping of sections (server:, slack:, services:, …)"
LOOP = "an alias refers to what it stands in"
BAD_MERGE = "<< takes a mapping, or a list of mappings"

MISSING: Any = object()
"""Stands where a value could not be read; the problem is noted at the same path."""

Mark = tuple[int, int]
"""Line and column, counted from 1."""


class Unreadable(Exception):  # noqa: N818 - the word of the house
    """The text is not YAML at all, or out of bounds: nothing further can be said about it."""

    def __init__(self, sentence: str, mark: Mark = (1, 1)) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mark = mark


@dataclass
class Document:
    """`data` is plain; `values` and `keys` say where each path stands; `texts` is each string as it is written."""

    data: dict[str, Any] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    problems: list[tuple[Path, Mark, str]] = field(default_factory=list)

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Where the path stands; for what is not in the file, where the nearest thing around it stands."""
        if not key and path in self.values:
            return self.values[path]
        for length in range(len(path), 0, -1):
            found = self.keys.get(path[:length]) or self.values.get(path[:length])
            if found:
                return found
        return (1, 1)


def read(text: str, resolve: Callable[[str], str]) -> Document:
    """Compose and convert. `resolve` gives a string its value and raises `ValueError` when it cannot.

    Raises `Unreadable`; what is wrong with single values is in `problems`.
    """
    if len(text) > LARGEST_FILE:
        raise Unreadable(f"the file is larger than {LARGEST_FILE} characters")
    root = _compose(text)
    if not isinstance(root, MappingNode):
        raise Unreadable(NOT_A_MAPPING, _mark(root) if root else (1, 1))
    document = Document()
    document.data = _Conversion(document, resolve).value(root, ())
    return document


def _compose(text: str) -> Node | None:
    try:
        _bound_depth(text)
        root: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = error.problem or error.context or "is not YAML"
        raise Unreadable(
            TAB if r"'\t'" in sentence else f"is not YAML: {sentence}", _position(mark)
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(
            f"has a character that YAML does not allow: U+{ord(text[error.position]):04X}", (line, 1)
        ) from error
    return root


def _bound_depth(text: str) -> None:
    """PyYAML composes by recursion: a deep nest is found among its (iterative) events first."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Unreadable(TOO_DEEP, _position(event.start_mark))


def _mark(node: Node) -> Mark:
    return _position(node.start_mark)


def _position(mark: yaml.error.Mark | yaml._yaml.Mark | None) -> Mark:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Conversion:
    """One walk over the composed nodes; follows aliases, so it counts."""

    def __init__(self, document: Document, resolve: Callable[[str], str]) -> None:
        self.document = document
        self.resolve = resolve
        self.constructor = SafeConstructor()
        self.around: list[Node] = []
        self.count = 0

    def value(self, node: Node, path: Path) -> Any:
        self.tick(node)
        self.document.values[path] = _mark(node)
        if isinstance(node, ScalarNode):
            return self.scalar(node, path)
        if any(node is outer for outer in self.around):
            raise Unreadable(LOOP, _mark(node))
        self.around.append(node)
        try:
            return self.mapping(node, path) if isinstance(node, MappingNode) else self.sequence(node, path)
        finally:
            self.around.pop()

    def scalar(self, node: ScalarNode, path: Path) -> Any:
        try:
            if node.tag != TEXT_TAG:
                return self.constructor.construct_object(node)
            self.document.texts[path] = node.value
            return self.resolve(node.value)
        except yaml.constructor.ConstructorError as error:
            self.problem(path, _mark(node), f"has a tag that is not allowed here: {error.problem}")
        except ValueError as error:
            self.problem(path, _mark(node), str(error))
        return MISSING

    def sequence(self, node: Node, path: Path) -> list[Any]:
        return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]

    def mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key, item in node.value:
            if key.tag == MERGE_TAG:
                for inherited_key, inherited in self.merge(item, path):
                    merged.setdefault(inherited_key.value, (inherited_key, inherited))
            elif self.key(key, path, data):
                data[key.value] = self.value(item, (*path, key.value))
        for name, (key, item) in merged.items():
            if name not in data:
                self.document.keys[*path, name] = _mark(key)
                data[name] = self.value(item, (*path, name))
        return data

    def key(self, node: Node, path: Path, data: dict[str, Any]) -> bool:
        """Is it a usable key? Its own fault is noted otherwise."""
        if not isinstance(node, ScalarNode) or node.tag != TEXT_TAG:
            written = f'"{node.value}" ' if isinstance(node, ScalarNode) else ""
            self.problem(path, _mark(node), f"has a key {written}that is not text; put it in quotes")
            return False
        if node.value in data:
            first = self.document.keys[*path, node.value][0]
            self.problem((*path, node.value), _mark(node), f"is written twice; the first is in line {first}")
            return False
        self.document.keys[*path, node.value] = _mark(node)
        return True

    def merge(self, node: Node, path: Path, via: tuple[Node, ...] = ()) -> Iterator[tuple[Node, Node]]:
        """The keys and values that `<<` brings in; those in the mapping itself win, then the first merged."""
        for source in [node] if isinstance(node, MappingNode) else node.value:
            if not isinstance(source, MappingNode):
                self.problem(path, _mark(node), BAD_MERGE)
                return
            if any(source is outer for outer in (*self.around, *via)):
                raise Unreadable(LOOP, _mark(source))
            for key, item in source.value:
                self.tick(key)
                if key.tag == MERGE_TAG:
                    yield from self.merge(item, path, (*via, source))
                elif isinstance(key, ScalarNode) and key.tag == TEXT_TAG:
                    yield key, item

    def tick(self, node: Node) -> None:
        self.count += 1
        if self.count > MOST_NODES:
            raise Unreadable(TOO_LARGE, _mark(node))

    def problem(self, path: Path, mark: Mark, sentence: str) -> None:
        self.document.problems.append((path, mark, sentence))

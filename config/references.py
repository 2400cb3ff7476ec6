"""`${NAME}`, `${NAME:-default}` and `${file:/path}` inside the strings of the file; `$${` is a plain `${`.

Pure but for reading the named secret files. A value never appears in a fault: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

LARGEST_SECRET = 65_536

FORMS = "${NAME}, ${NAME:-default}, ${file:/path}"
_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}?")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_SECRET = re.compile(r"\$\{(file:[^{}]+|[A-Za-z_][A-Za-z0-9_]*)\}")


class BadReference(ValueError):  # noqa: N818 - the word of the house
    """A reference that leads nowhere; its text names the variable or the file."""


def resolve(text: str, environ: Mapping[str, str], read: Callable[[str], str]) -> str:
    """The text with every reference replaced. `read` gives a named file's text. Raises `BadReference`."""

    def value(found: re.Match[str]) -> str:
        if found[1] is None:
            return "${"
        if not found[0].endswith("}"):
            raise BadReference("has a ${ without its }; write $${ for a plain one")
        name = found[1]
        return read(name.removeprefix("file:")) if name.startswith("file:") else _variable(name, environ)

    return _REFERENCE.sub(value, text)


def refers(text: str) -> bool:
    """Whether anything of the text is elsewhere."""
    return any(found[1] is not None for found in _REFERENCE.finditer(text))


def keeps_a_secret(text: str) -> bool:
    """True when the whole text is one reference without a default: the secret itself is elsewhere."""
    return bool(_SECRET.fullmatch(text))


def reader(beside: Path) -> Callable[[str], str]:
    """Reads secret files; a relative path starts at the directory of the configuration file."""

    def read(name: str) -> str:
        path = beside / name.strip()
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_SECRET + 1)
        except OSError as error:
            raise BadReference(f"the file {path} cannot be read: {error.strerror}") from error
        if len(content) > LARGEST_SECRET:
            raise BadReference(f"the file {path} is larger than {LARGEST_SECRET} bytes")
        try:
            return content.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise BadReference(f"the file {path} is not UTF-8 text") from error

    return read


def _variable(reference: str, environ: Mapping[str, str]) -> str:
    found = _NAME.fullmatch(reference)
    if found is None:
        raise BadReference(f"${{{reference}}} is no reference; write {FORMS}, or $${{ for a plain ${{")
    name, default = found[1], found[2]
    value = environ.get(name, "")
    if value or default is not None:
        return value or default
    state = "is empty" if name in environ else "is not set"
    raise BadReference(f"the environment variable {name} {state}; where empty is meant, write ${{{name}:-}}")

"""Which Pilothouse this is."""

from __future__ import annotations

from importlib import metadata

FROM_CHECKOUT = "0+checkout"


def version() -> str:
    """The installed package's version, or that it runs from a checkout which is not installed."""
    try:
        return metadata.version("pilothouse")
    except metadata.PackageNotFoundError:
        return FROM_CHECKOUT

"""Which addresses a server asks by itself: public ones, private ones when that is meant, some never."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def literal(host: str) -> Address | None:
    """The address that a host is, as it is written; None for a name. An IPv4 address within an IPv6 one is that."""
    try:
        found = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def is_private(address: Address) -> bool:
    """Whether it is of this machine, or of a network that not everybody reaches."""
    return not address.is_global


def is_never_asked(address: Address) -> bool:
    """Nobody serves there, or the machine's own secrets are given out there (cloud metadata, link-local)."""
    nobody = address.is_multicast or address.is_unspecified or (address.version == 4 and address.is_reserved)
    return address.is_link_local or nobody

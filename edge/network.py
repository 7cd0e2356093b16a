"""Where a request comes from, as coarsely as it is needed."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# An office or a household: neighbours share it, and nobody has many of them.
WIDTH = {4: 24, 6: 48}


def address_of(request: HttpRequest) -> str:
    """The address of who asks; of a socket in the file system, none.

    Behind the proxy of an installation with TLS it is the last that the header names: the one that
    our own proxy wrote. Without TLS there is no proxy, and anybody may write the header.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    said = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.SECURE else ""
    return said.split(",")[-1].strip() or direct


def network_of(request: HttpRequest) -> str:
    """The network of who asks, such as 192.0.2.0/24; empty where there is none."""
    try:
        address = ipaddress.ip_address(address_of(request))
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ipaddress.ip_network(f"{address}/{WIDTH[address.version]}", strict=False))


def is_local(request: HttpRequest) -> bool:
    """Whether it comes from this machine itself, and not through a proxy for somebody else."""
    said = [request.META.get("REMOTE_ADDR", ""), *_forwarded(request)]
    return all(_is_loopback(str(each).strip()) for each in said)


def _forwarded(request: HttpRequest) -> list[str]:
    names = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    return names.split(",") if names else []


def _is_loopback(address: str) -> bool:
    """Nothing is the address of a socket in the file system."""
    if not address:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback

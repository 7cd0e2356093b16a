"""Which addresses the service may call, of those that a name may stand for."""

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
LOOPBACK = ("127.0.0.0/8", "::1/128")
HTTPS = 443


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a call may go: to the whole outside, and to what is named here.

    `networks` are those of one's own side, private or of this machine, that may be called; `ports`
    those of a server, any where it is empty; `in_clear` lets this machine be called without TLS.
    """

    networks: tuple[str, ...] = ()
    ports: frozenset[int] = frozenset({HTTPS})
    in_clear: bool = False


# What partners name, and what the installation's own settings name, which may stand on this machine or
# in its private network.
PUBLIC = Reach()
INSIDE = Reach(networks=(*PRIVATE, *LOOPBACK), ports=frozenset(), in_clear=True)


# Sources: IANA's registries of special-purpose addresses; the addresses at which clouds tell a
# machine its secrets (most lie in link-local, the others are named here); forms of IPv6 that hide
# an IPv4 address: mapped, compatible, NAT64, 6to4, Teredo; site-local, long abandoned and still routed.
NEVER = (
    "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4", "168.63.129.16/32",
    "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
    "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fd00:ec2::/32", "fe80::/10",
    "fec0::/10", "ff00::/8",
)  # fmt: skip
UNICAST = ipaddress.ip_network("2000::/3")


def may_reach(text: str, reach: Reach) -> bool:
    """Whether a connection to this address is one to the outside, or to what the reach names."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        # Also an address with a zone (fe80::1%eth0): it names a network card of ours.
        return False
    own = _within(address, LOOPBACK) or _within(address, PRIVATE)
    never = _within(address, NEVER) and not _within(address, LOOPBACK)
    if never or getattr(address, "scope_id", None):
        return False
    if own:
        return _within(address, reach.networks)
    return address.version == 4 or address in UNICAST  # noqa: PLR2004 -- the version's own number


def is_plain(host: str) -> bool:
    """Four decimal numbers without leading zeros, as ipaddress reads them."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def is_this_machine(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    return host == "localhost" or (
        (is_plain(host) or ":" in host) and _within_text(host, LOOPBACK)
    )


def _within_text(text: str, networks: tuple[str, ...]) -> bool:
    try:
        return _within(ipaddress.ip_address(text), networks)
    except ValueError:
        return False


def _within(address: Address, networks: tuple[str, ...]) -> bool:
    return any(address in ipaddress.ip_network(network) for network in networks)

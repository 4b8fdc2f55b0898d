"""Which resolved addresses a connection may be opened to, decided on the address itself, never on a name alone.

Used by every edge just before it connects, on each address the resolver gave, so a name that changes its mind reaches
nothing inside (``security_checklist.md 25``). It resolves nothing, opens nothing and knows no other room.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
"""The only spellings of a configured host that may reach this machine itself."""

_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
)

_Networks = tuple[IPv4Network | IPv6Network, ...]


def _networks(*texts: str) -> _Networks:
    return tuple(ip_network(text) for text in texts)


# Metadata services of cloud providers that live inside ranges a customer may open, or outside all special ones.
_METADATA = _networks("169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::/32")
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

# An IPv6 address that carries an IPv4 one inside: the outer one says nothing about where the packet ends.
_CARRIERS = _networks("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")

_REFUSED: tuple[tuple[str, _Networks], ...] = (
    ("a cloud metadata address", _METADATA),
    ("a loopback address", _LOOPBACK),
    ("an IPv6 address with an IPv4 address inside", _CARRIERS),
    ("a link-local address", _networks("169.254.0.0/16", "fe80::/10")),
    ("a carrier-grade NAT address", _networks("100.64.0.0/10")),
    ("a multicast address", _networks("224.0.0.0/4", "ff00::/8")),
    ("an address of this network itself", _networks("0.0.0.0/8", "::/96")),
    (
        "a reserved address",
        _networks(
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "2001:db8::/32",
            "3fff::/20",
        ),
    ),
)

# What IPv6 hands out to the public; anything else not named above is reserved.
_PUBLIC_IPV6 = IPv6Network("2000::/3")


def check_resolved(host: str, ip: str, *, allow_private: bool) -> str | None:
    """Why ``ip``, to which ``host`` as configured resolved, must not be connected to; None where it may.

    Loopback is allowed only where the host is literally one of ``LOOPBACK_HOSTS``, private ranges only with
    ``allow_private``; both rules and the list are ``security_checklist.md 25``.
    """
    if host.lower().rstrip(".") in _METADATA_NAMES:
        return f"{host} is the name of a cloud metadata service"
    try:
        address = ip_address(ip)
    except ValueError:
        return f"{host} resolved to something that is no address"
    if host in LOOPBACK_HOSTS and any(address in network for network in _LOOPBACK):
        return None
    for what, networks in _REFUSED:
        if any(address in network for network in networks):
            return f"{host} leads to {address}, {what}"
    if any(address in network for network in _PRIVATE):
        return None if allow_private else f"{host} leads to {address}, a private address"
    if isinstance(address, IPv6Address) and address not in _PUBLIC_IPV6:
        return f"{host} leads to {address}, a reserved address"
    return None

"""The address policy, address by address."""

from __future__ import annotations

import socket

import pytest

from ml_connector.addresses import check_resolved

PUBLIC = ["8.8.8.8", "1.1.1.1", "193.99.144.80", "2606:4700:4700::1111", "2a00:1450:4001:82f::200e", "100.63.255.255"]

REFUSED_EVEN_IF_PRIVATE_IS_ALLOWED = {
    "127.0.0.1": "a loopback address",
    "127.8.8.8": "a loopback address",
    "::1": "a loopback address",
    "169.254.169.254": "a cloud metadata address",
    "168.63.129.16": "a cloud metadata address",
    "100.100.100.200": "a cloud metadata address",
    "fd00:ec2::254": "a cloud metadata address",
    "169.254.0.1": "a link-local address",
    "fe80::1": "a link-local address",
    "100.64.0.1": "a carrier-grade NAT address",
    "224.0.0.1": "a multicast address",
    "239.255.255.255": "a multicast address",
    "ff02::1": "a multicast address",
    "0.0.0.0": "an address of this network itself",
    "0.1.2.3": "an address of this network itself",
    "::": "an address of this network itself",
    "::7f00:1": "an address of this network itself",
    "::ffff:127.0.0.1": "an IPv6 address with an IPv4 address inside",
    "::ffff:169.254.169.254": "an IPv6 address with an IPv4 address inside",
    "::ffff:8.8.8.8": "an IPv6 address with an IPv4 address inside",
    "64:ff9b::7f00:1": "an IPv6 address with an IPv4 address inside",
    "64:ff9b::a9fe:a9fe": "an IPv6 address with an IPv4 address inside",
    "64:ff9b:1::1": "an IPv6 address with an IPv4 address inside",
    "2002:7f00:1::": "an IPv6 address with an IPv4 address inside",
    "2001:0:7f00:1::": "an IPv6 address with an IPv4 address inside",
    "192.0.0.192": "a reserved address",
    "192.0.2.1": "a reserved address",
    "198.18.0.1": "a reserved address",
    "198.51.100.1": "a reserved address",
    "203.0.113.1": "a reserved address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "2001:db8::1": "a reserved address",
    "100::1": "a reserved address",
    "fec0::1": "a reserved address",
    "4000::1": "a reserved address",
}

PRIVATE = ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"]

NUMERIC_SPELLINGS_OF_THIS_MACHINE = [
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.1",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "::ffff:127.0.0.1",
    "0:0:0:0:0:0:0:1",
    "::0001",
    "0:0:0:0:0:ffff:7f00:0001",
]


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_address_is_allowed(ip: str) -> None:
    assert check_resolved("sftp.example.com", ip, allow_private=False) is None


@pytest.mark.parametrize(("ip", "what"), REFUSED_EVEN_IF_PRIVATE_IS_ALLOWED.items())
def test_a_special_address_is_refused_whatever_the_connection_allows(ip: str, what: str) -> None:
    reasons = {check_resolved("sftp.example.com", ip, allow_private=allowed) for allowed in (False, True)}
    assert len(reasons) == 1
    assert str(reasons.pop()).endswith(f", {what}")


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_private_address_needs_the_connections_word(ip: str) -> None:
    assert check_resolved("erp", ip, allow_private=False) == f"erp leads to {ip}, a private address"
    assert check_resolved("erp", ip, allow_private=True) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_is_reached_where_the_host_says_so_literally(host: str) -> None:
    assert check_resolved(host, "127.0.0.1", allow_private=False) is None
    assert check_resolved(host, "::1", allow_private=False) is None


@pytest.mark.parametrize("host", ["localhost.", "LOCALHOST", "localhost.localdomain", "127.0.0.2", "app.example.com"])
def test_no_other_name_reaches_this_machine(host: str) -> None:
    assert check_resolved(host, "127.0.0.1", allow_private=True) == f"{host} leads to 127.0.0.1, a loopback address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_loopback_host_is_no_key_to_other_inner_addresses(host: str) -> None:
    assert check_resolved(host, "169.254.169.254", allow_private=True) is not None
    assert check_resolved(host, "192.168.1.1", allow_private=False) is not None


@pytest.mark.parametrize("spelling", NUMERIC_SPELLINGS_OF_THIS_MACHINE)
def test_a_disguised_spelling_of_this_machine_is_refused(spelling: str) -> None:
    for *_, target in socket.getaddrinfo(spelling, 22, type=socket.SOCK_STREAM):
        assert check_resolved(spelling, str(target[0]), allow_private=True) is not None


@pytest.mark.parametrize("name", ["metadata.google.internal", "Metadata.Google.Internal.", "metadata", "instance-data"])
def test_a_metadata_name_is_refused_before_its_address_is_looked_at(name: str) -> None:
    assert check_resolved(name, "8.8.8.8", allow_private=True) == f"{name} is the name of a cloud metadata service"


def test_what_is_no_address_is_refused() -> None:
    assert check_resolved("h", "not-an-address", allow_private=True) == "h resolved to something that is no address"

"""Which addresses strangers may send us to."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid
from pillarbox.base.public_address import is_public, literal

PUBLIC = ["8.8.8.8", "93.184.216.34", "2001:4860:4860::8888", "2606:4700::1111", "2a00::1"]
OURS = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::808:808
64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00::1
fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1
""".split()  # noqa: SIM905 - a table to read


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", OURS)
def test_not_public(address):
    assert not is_public(ip_address(address))


@given(st.ip_addresses())
def test_none_is_public_that_python_calls_private(address):
    if address.is_private or address.is_loopback or address.is_link_local:
        assert not is_public(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("a.example", None),
        ("8.8.8.8", "8.8.8.8"),
        ("[::1]", "::1"),
        ("127.0.0.1.nip.io", None),
        ("1.2.3.4a", None),
    ],
)
def test_literals(host, address):
    found = literal(host)
    assert (found and str(found)) == address


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "1.2.3.4.5",
     "127.0.0.1.", "0", "[]", "[1]", "[fe80::1%25eth0]", "[::1]x", "a.1", "[127.0.0.1]", "1.0x10"],
)  # fmt: skip
def test_odd_notations(host):
    with pytest.raises(Invalid):
        literal(host)

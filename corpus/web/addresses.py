"""Web addresses that a document may be fetched from, and network addresses that they may lead to.

Pure: nothing is looked up or opened here. A name is judged by the network addresses that it leads to, when a
connection is made (`corpus.web.network`); a number in place of a name has one accepted form.
"""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

from corpus.errors import UnreadableFile

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_CHARACTERS = 2_000
SHOWN = 200
NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""A host that ends so is no name: systems read 127.1, 0177.0.0.1 and 2130706433 as numbers."""

GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
ISATAP = (0x00005EFE, 0x02005EFE)
"""The bits before the last 32 of an address that carries one of version 4 for this tunnel (RFC 5214)."""
NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # shared by the customers of a provider
        "168.63.129.16/32",  # answers inside every machine of one hosting company
        "192.0.0.0/24",  # protocols
        "192.88.99.0/24",  # relays
        "2001:10::/28",  # identifiers, not places
        "3fff::/20",  # examples
    )
)


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An accepted address; `host` is ASCII without a final dot or brackets, `target` is the path and the query."""

    scheme: str
    host: str
    port: int
    target: bytes

    @property
    def literal(self) -> IPAddress | None:
        """The network address that the host is, None for a name."""
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """The host as it is written in an address, with the port when it is not that of the scheme."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target.decode('ascii')}"


def web_address(address: str, ports: Collection[int], *, base: WebAddress | None = None) -> WebAddress:
    """An address in its parts; a relative one is resolved against `base`.

    Raises UnreadableFile with the code `address_scheme` (its form is not accepted) or `address_refused` (a
    number that is written in disguise).
    """
    import httpx2

    address = address.strip()
    if len(address) > MOST_CHARACTERS:
        raise _form(address, f"it has {len(address):,} characters, at most {MOST_CHARACTERS:,} are accepted")
    try:
        url = httpx2.URL(address) if base is None else httpx2.URL(str(base)).join(address)
        host = url.raw_host.decode("ascii")
    except (httpx2.InvalidURL, ValueError) as error:
        raise _form(address, "it cannot be read") from error
    if url.scheme not in DEFAULT_PORTS:
        raise _form(address, f"it begins with {url.scheme[:20]!r}")
    if url.userinfo:
        raise _form(address, "it holds a user name or a password")
    port = DEFAULT_PORTS[url.scheme] if url.port is None else url.port
    if port not in ports:
        raise _form(address, f"it names the port {port}, accepted are {', '.join(map(str, ports))}")
    return WebAddress(url.scheme, _host(host, address), port, url.raw_path)


def is_public(ip: IPAddress) -> bool:
    """Whether anyone on the Internet reaches the same machine there.

    An address of version 6 that carries one of version 4, for a translator or a tunnel, is judged by that.
    """
    return all(_is_public(judged) for judged in _judged(ip))


def shown(address: str) -> str:
    """An address for a message: short, and without what may be a password."""
    address = re.sub(r"//[^/?#]*@", "//…@", address)
    return address if len(address) <= SHOWN else f"{address[:SHOWN]}…"


def _judged(ip: IPAddress) -> tuple[IPAddress, ...]:
    """What a packet to `ip` may reach in the end."""
    if isinstance(ip, ipaddress.IPv4Address):
        return (ip,)
    last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.ipv4_mapped is not None or ip in NAT64:
        return (last,)
    if ip.sixtofour is not None:
        return (ip.sixtofour,)
    if ip.teredo is not None:
        return ip.teredo
    return (ip, last) if (int(ip) >> 32) & 0xFFFFFFFF in ISATAP else (ip,)


def _is_public(ip: IPAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id or ip not in GLOBAL_UNICAST):
        return False
    known = ip.is_multicast or ip.is_reserved or any(ip in network for network in NOT_PUBLIC)
    return ip.is_global and not known


def _host(host: str, address: str) -> str:
    """The host without its final dot, checked."""
    host = host.removesuffix(".").lower()
    literal = _literal(host)
    if literal is not None:
        if getattr(literal, "scope_id", None):
            raise _disguised(address)
        return str(literal)
    if len(host) > 253 or not NAME.fullmatch(host):
        raise _form(address, "the name of its host cannot be read")
    if NUMBER.fullmatch(host):
        raise _disguised(address)
    return host


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _form(address: str, found: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shown(address)!r}: {found}; expected an address such as https://example.org/page: "
        "copy it from the address bar of a browser",
        code="address_scheme",
        address=shown(address),
    )


def _disguised(address: str) -> UnreadableFile:
    return UnreadableFile(
        f"{shown(address)!r}: its host is a number in an unusual form, expected a name: "
        "copy the address from the address bar of a browser",
        code="address_refused",
        address=shown(address),
    )

"""Calls to servers of others: https to public addresses only, each looked up once and called there; follows nothing."""

from __future__ import annotations

import http.client
import socket
import ssl
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

SECONDS = 10
_PORTS = {"https": 443, "http": 80}
_PUBLIC_IPV6 = ip_network("2000::/3")
# An address of IPv4, private ones among them, can be written into these.
_TUNNELS = (ip_network("2001::/23"), ip_network("2002::/16"))


class CallError(Exception):
    """A call that was not made or not answered; the words are for a log."""


def call(address: str, *, private_too: bool = False) -> int:
    """Get an address and return the status of the answer; raises CallError.

    A name is looked up here and the address found is the one that is called, so that nobody can point the name at
    this network between the look and the call. Redirections are answers like others.
    """
    parts = urlsplit(address)
    if parts.scheme != "https" and not (private_too and parts.scheme == "http"):
        raise CallError("only https is called")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    found = _looked_up(host, port, private_too=private_too)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, host, port, found)
    try:
        connection.request("GET", path, headers={"User-Agent": "Relata"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CallError(f"no answer: {type(error).__name__}") from error
    finally:
        connection.close()


def _looked_up(host: str, port: int, *, private_too: bool) -> str:
    """Return the address behind a name; where one of several is not public, none is called."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise CallError("the name is not known") from error
    if not private_too and not all(_is_public(address) for address in found):
        raise CallError("the name leads into a network that is not public")
    return found[0]


def _is_public(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if isinstance(parsed, IPv6Address) and (parsed not in _PUBLIC_IPV6 or any(parsed in net for net in _TUNNELS)):
        return False
    return parsed.is_global and not parsed.is_multicast


def _connection(scheme: str, host: str, port: int, found: str) -> http.client.HTTPConnection:
    if scheme == "http":
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    else:
        connection = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())

    def connect(_address: tuple[str, int], timeout: float, source: tuple[str, int] | None) -> socket.socket:
        return socket.create_connection((found, port), timeout, source)

    connection._create_connection = connect  # type: ignore[attr-defined]  # noqa: SLF001 - the library's own hook
    return connection

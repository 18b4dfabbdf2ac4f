"""Calls to servers of others: https to public addresses only, each looked up once and called there; follows nothing."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import SplitResult, urlsplit

# For each step of a call, and for a whole one: a server that answers a letter at a time holds nobody up.
SECONDS, SECONDS_IN_ALL = 10, 20
_PORTS = {"https": 443, "http": 80}
_PUBLIC_IPV6 = ip_network("2000::/3")
# An address of IPv4, private ones among them, can be written into these.
_TUNNELS = (ip_network("2001::/23"), ip_network("2002::/16"))


class CallError(Exception):
    """A call that was not made or not answered; the words are for a log."""


AddressFault = Literal["https", "host", "private"]


def address_fault(address: str, *, private_too: bool = False) -> AddressFault | None:
    """Return what is wrong with an address that somebody wants called; where its name leads, only the call finds."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "host"
    if not _is_called(parts, private_too=private_too):
        return "https"
    if not host or parts.username is not None or any(not sign.isprintable() or sign.isspace() for sign in address):
        return "host"
    try:
        return None if private_too or _is_public(host) else "private"
    except ValueError:  # a name
        return None


def call(
    address: str, *, private_too: bool = False, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> int:
    """Get an address, or post a body to it, and return the status of the answer; raises CallError.

    A name is looked up here and the address found is the one that is called, so that nobody can point the name at
    this network between the look and the call. Redirections are answers like others.
    """
    parts = urlsplit(address)
    if not _is_called(parts, private_too=private_too):
        raise CallError("only https is called")
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    found = _looked_up(host, port, private_too=private_too)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _connected(parts.scheme, host, port, found) as connection:
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"User-Agent": "Relata", **(headers or {})})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise CallError(f"no answer: {type(error).__name__}") from error


def _is_called(parts: SplitResult, *, private_too: bool) -> bool:
    return parts.scheme == "https" or (private_too and parts.scheme == "http")


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


@contextlib.contextmanager
def _connected(scheme: str, host: str, port: int, found: str) -> Iterator[http.client.HTTPConnection]:
    """Give a connection to the address that was found; it is cut off when the call has taken long enough."""
    connection = _connection(scheme, host, port)
    with contextlib.ExitStack() as ends:

        def connect(_address: tuple[str, int], timeout: float, source: tuple[str, int] | None) -> socket.socket:
            made = socket.create_connection((found, port), timeout, source)
            # A second handle: encryption takes the first one away.
            handle = ends.enter_context(made.dup())
            timer = threading.Timer(SECONDS_IN_ALL, _cut, (handle,))
            timer.start()
            ends.callback(timer.join)
            ends.callback(timer.cancel)
            return made

        connection._create_connection = connect  # type: ignore[attr-defined]  # noqa: SLF001 - the library's own hook
        ends.callback(connection.close)
        yield connection


def _cut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _connection(scheme: str, host: str, port: int) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=SECONDS)
    return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())

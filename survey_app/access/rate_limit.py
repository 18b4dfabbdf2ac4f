"""How often one address may try something: counted in this process first, then in the store; keeps no address.

Who tries is a keyed mark of 32 bits that changes with each stretch of time, so that nobody is told from it. Addresses
of IPv6 count by their network. A loopback address is a proxy that does not say for whom it asks: all respondents come
from it then, and a limit that spares it loses none of them.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from survey_app.store import Transaction, attempts

MARK_LENGTH = 8
_OF_IPV6 = 64


@dataclass(frozen=True)
class Limit:
    """At most so many attempts of a kind in so many seconds."""

    kind: str
    most: int
    seconds: int
    spares_loopback: bool = False
    of_addresses: bool = True
    """Whether it counts addresses of machines; else whatever tells apart those who try."""


class RateLimits:
    """The attempts of this process, and where those of all processes are counted."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key.encode()
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, Counter[str]]] = {}

    def allows(self, tx: Transaction, limit: Limit, address: str | None, now: float) -> bool:
        """Count an attempt and say whether it is within the limit; 0 sets none."""
        if limit.most == 0 or (limit.spares_loopback and _is_loopback(address)):
            return True
        stretch = int(now // limit.seconds)
        mark = self._mark(limit, address, stretch)
        here, is_new = self._count_here(limit, mark, stretch)
        if here > limit.most:
            return False
        if is_new:
            attempts.drop(tx, limit.kind, stretch)
        return attempts.count(tx, mark, stretch) <= limit.most

    def is_reached(self, tx: Transaction, limit: Limit, address: str | None, now: float) -> bool:
        """Say whether no more attempts are allowed, and count none: where only failures are counted."""
        if limit.most == 0:
            return False
        stretch = int(now // limit.seconds)
        return attempts.counted(tx, self._mark(limit, address, stretch), stretch) >= limit.most

    def _count_here(self, limit: Limit, mark: str, stretch: int) -> tuple[int, bool]:
        """Count in this process; says also whether the stretch has only begun."""
        with self._lock:
            known, counts = self._counts.get(limit.kind, (-1, Counter()))
            if known != stretch:
                counts = Counter()
                self._counts[limit.kind] = stretch, counts
            counts[mark] += 1
            return counts[mark], known != stretch

    def _mark(self, limit: Limit, address: str | None, stretch: int) -> str:
        who = _network(address) if limit.of_addresses else address
        message = f"{limit.kind}:{stretch}:{who}".encode()
        return f"{limit.kind}:{hmac.new(self._key, message, hashlib.sha256).hexdigest()[:MARK_LENGTH]}"


def _network(address: str | None) -> str:
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    # an address of IPv4 written as one of IPv6 is still that one
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((parsed, _OF_IPV6), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False

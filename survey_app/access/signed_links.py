"""Signed links that expire, for visitors who have no sign-in: what a link opens, and from where; knows no Flask."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Literal, get_args
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer

Audience = Literal["researcher", "reports", "brand"]

OPEN = "/open/"
VALID_SECONDS = 24 * 60 * 60
SALT = "relata.signed-link.1"
FORWARDED_BY_A_PROXY = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


class LinkError(Exception):
    """A link that opens nothing; `expired` tells an old one from one that was never ours."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "forged")
        self.expired = expired


@dataclass(frozen=True)
class Grant:
    """What a link opens: one study, to one audience, until a moment in seconds since 1970.

    A link to one brand's report is handed out by a person and opens from anywhere; `link` names the row that says
    which brand it is, whether its actions may be updated, and whether the link was withdrawn.
    """

    audience: Audience
    study: str
    until: int
    link: str = ""

    def holds(self, now: float) -> bool:
        """Say whether the grant is still good."""
        return now < self.until


def sign_link(secret_key: str, audience: Audience, study: str, *, now: float | None = None) -> str:
    """Return the path of a link for one audience of one study."""
    until = int(time.time() if now is None else now) + VALID_SECONDS
    return _path(secret_key, Grant(audience, study, until))


def sign_brand_link(secret_key: str, study: str, link: str, until: datetime) -> str:
    """Return the path of a link to one brand's report."""
    return _path(secret_key, Grant("brand", study, int(until.timestamp()), link))


def read_token(secret_key: str, token: str, *, now: float | None = None) -> Grant:
    """Return what a token opens, or say that it is expired or was not made here."""
    try:
        grant = Grant(**_serializer(secret_key).loads(token))
    except (BadSignature, TypeError):
        raise LinkError(expired=False) from None
    if grant.audience not in get_args(Audience):
        raise LinkError(expired=False)
    if not grant.holds(time.time() if now is None else now):
        raise LinkError(expired=True)
    return grant


def from_this_machine(remote_addr: str | None, host: str, header_names: Iterable[str]) -> bool:
    """Say whether a request was made on this machine.

    The address alone is not enough: a reverse proxy on this machine connects from it for everybody, and
    a page of a stranger whose host name was pointed at 127.0.0.1 ("DNS rebinding") makes a browser connect from it.
    """
    forwarded = {name.lower() for name in FORWARDED_BY_A_PROXY} & {name.lower() for name in header_names}
    return not forwarded and _is_loopback(remote_addr or "") and _is_loopback_name(host)


def _path(secret_key: str, grant: Grant) -> str:
    return f"{OPEN}{_serializer(secret_key).dumps(asdict(grant))!s}"


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=SALT)


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback


def _is_loopback_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or _is_loopback(name)

"""Where respondents come from and go back to: entry parameters, signatures, exits; pure: stores and redirects nothing.

What is signed, with a key that panel and study share:

- `hmac_sha256`, `hmac_sha1`: at entry the address up to the signature's parameter, or its query string alone; at the
  exit the whole address. Written as hexadecimal digits; at entry URL-safe base64 is understood as well.
- `linear`: with the secret `a:b` and the number n under `of` (the id unless another is named), a × n − b.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

from instruments.fieldwork import OPEN, Signature, Source
from survey_app.interview.statuses import Status

SOURCE_PARAMETER = "src"
UID_PARAMETER = "uid"
SecretOf = Callable[[str], str]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_UID = re.compile(r"[A-Za-z0-9_.:@=+/|~-]{1,128}")
_LONGEST_KEPT = 256
_LONGEST_NUMBER = 128
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_HASHES = {"hmac_sha256": hashlib.sha256, "hmac_sha1": hashlib.sha1}
ExitName = Literal["complete", "screened_out", "quota_full", "quality"]
_EXIT_OF: Mapping[Status, ExitName] = {
    "complete": "complete",
    "screened_out": "screened_out",
    "quota_full": "quota_full",
    "quality_fail": "quality",
}


class EntryError(Exception):
    """A link that lets nobody in: `incomplete` lacks the panel or its id, `forged` has not been signed by the panel."""

    def __init__(self, reason: Literal["incomplete", "forged"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Arrival:
    """How somebody came: from which source, under which id, with which parameters to give back."""

    source: str | None = None
    uid: str | None = None
    kept: Mapping[str, str] = field(default_factory=dict)
    signed: Mapping[str, str] | None = field(default=None, compare=False)
    """What stands in an address before its signature, and thus under it; None where addresses are not signed."""
    vouched: bool = field(default=False, compare=False)
    """Whether the panel's signature stands for the id, so that nobody comes under another's."""


def read_arrival(sources: Mapping[str, Source], address: str, secret_of: SecretOf) -> Arrival:
    """Read where somebody comes from out of the address of entry; raises EntryError.

    A study that names no sources takes any name, with an id under `uid`; one that does takes no name but theirs.
    """
    parameters = dict(reversed(parse_qsl(urlsplit(address).query)))
    name = parameters.get(SOURCE_PARAMETER, "")
    source = sources.get(name or OPEN)
    if source is None:
        if sources and name not in {"", OPEN}:
            raise EntryError("incomplete")
        named = name if _NAME.fullmatch(name) and not sources else None
        uid = parameters.get(UID_PARAMETER, "")
        return Arrival(named, uid if named and _UID.fullmatch(uid) else None)
    signed = None
    if source.signature is not None:
        _verify(source, source.signature, address, parameters, secret_of)
        signed = _under(source.signature, address)
        # Whatever was put behind the signature, the panel has not signed it.
        parameters = parameters if signed is None else signed
    uid = parameters.get(source.id, "") if source.id else ""
    if not _UID.fullmatch(uid):
        if source.kind == "panel":
            raise EntryError("incomplete")
        uid = ""
    kept = {key: parameters[key][:_LONGEST_KEPT] for key in source.keep if key in parameters}
    return Arrival(name or None, uid or None, kept, signed, vouched=bool(uid) and _covers_id(source))


def exit_address(source: Source, status: Status, uid: str, kept: Mapping[str, str], secret_of: SecretOf) -> str | None:
    """Return where somebody goes back to whose interview ended so; None where the source has no such exit."""
    name = _EXIT_OF.get(status)
    template: str | None = getattr(source.exits, name) if name else None
    return None if template is None else _filled(source, template, {**kept, "id": uid}, secret_of)


def callback_address(
    source: Source, status: Status, uid: str, kept: Mapping[str, str], secret_of: SecretOf
) -> str | None:
    """Return the address that tells the panel's server how an interview ended; None where it wants no call."""
    if source.callback is None or status not in _EXIT_OF:
        return None
    return _filled(source, source.callback, {**kept, "id": uid, "status": _EXIT_OF[status]}, secret_of)


def sign(signature: Signature, secret: str, message: str, number: str) -> str:
    """Return the signature of a message, or of a number where it is linear."""
    if signature.kind == "linear":
        return _linear(secret, number)
    return hmac.new(secret.encode(), message.encode(), _HASHES[signature.kind]).hexdigest()


def _filled(source: Source, template: str, values: Mapping[str, str], secret_of: SecretOf) -> str:
    """Put values into an address, each as one word of it, and sign it."""
    address = _PLACEHOLDER.sub(lambda found: quote(values.get(found[1], ""), safe=""), template)
    signature = source.signature
    if signature is None:
        return address
    signed = sign(signature, secret_of(signature.secret), address, _number(source, signature, values))
    return f"{address}{'&' if '?' in address else '?'}{signature.parameter}={signed}"


def _number(source: Source, signature: Signature, values: Mapping[str, str]) -> str:
    named = signature.of or "id"
    return values.get("id" if named == source.id else named, "")


def _verify(
    source: Source, signature: Signature, address: str, parameters: Mapping[str, str], secret_of: SecretOf
) -> None:
    """Refuse an address whose signature is not the panel's; takes as long for a near miss as for any other."""
    secret, given = secret_of(signature.secret), parameters.get(signature.parameter, "")
    if signature.kind == "linear":
        wanted = [_linear(secret, parameters.get(signature.of or source.id or "", ""))]
    else:
        digests = [
            hmac.new(secret.encode(), message.encode(), _HASHES[signature.kind]).digest()
            for message in _messages(address, signature.parameter)
        ]
        wanted = [spelled for digest in digests for spelled in _spellings(digest)]
    # Every one is compared, whether an earlier one fits or not.
    fits = [hmac.compare_digest(given.encode(), one.encode()) for one in wanted if one]
    if not any(fits):
        raise EntryError("forged")


def _messages(address: str, parameter: str) -> Sequence[str]:
    """Return what a panel may have signed: all before its signature, with and without the sign that joins them."""
    before = _before(address, parameter)
    if before is None:
        return ()
    whole = address[: address.index("?") + 1] + before
    return (whole, f"{whole}&", before, f"{before}&")


def _under(signature: Signature, address: str) -> dict[str, str] | None:
    """Return the parameters that a signature covers; a linear one covers one number and leaves the rest open."""
    before = None if signature.kind == "linear" else _before(address, signature.parameter)
    return None if before is None else dict(reversed(parse_qsl(before)))


def _covers_id(source: Source) -> bool:
    signature = source.signature
    return signature is not None and (signature.kind != "linear" or signature.of in {None, source.id})


def _before(address: str, parameter: str) -> str | None:
    """Return the query of an address up to a parameter."""
    query = urlsplit(address).query
    found = re.search(rf"(?:^|&){re.escape(parameter)}=", query)
    return None if found is None else query[: found.start()]


def _spellings(digest: bytes) -> tuple[str, str, str]:
    padded = base64.urlsafe_b64encode(digest).decode()
    return digest.hex(), padded, padded.rstrip("=")


def _linear(secret: str, number: str) -> str:
    factor, _, subtrahend = secret.partition(":")
    digits = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER
    return str(int(factor) * int(number) - int(subtrahend)) if digits else ""

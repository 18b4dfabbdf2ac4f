"""Entry and exit of panels: what is signed, what is put into addresses, and that a near miss is a miss."""

import base64
import contextlib
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.fieldwork import Signature, Source
from survey_app.interview import sources
from survey_app.interview.sources import Arrival, EntryError, callback_address, exit_address, read_arrival, sign

SHARED = "key"
ENTRY = "https://here.example/s/coffee"


def secret_of(_name):
    return SHARED


def panel(**changes):
    told = {
        "label": {"en": "Panel"},
        "kind": "panel",
        "id": "psid",
        "keep": ["pid", "country"],
        "exits": {
            "complete": "https://panel.example/c?id={id}&p={pid}",
            "screened_out": "https://panel.example/s?id={id}",
            "quality": "https://panel.example/q?id={id}",
        },
        "callback": "https://panel.example/s2s?id={id}&status={status}",
    }
    return Source.model_validate(told | changes)


def signed(kind, **more):
    return panel(signature={"kind": kind, "parameter": "sig", "secret": "PANEL", **more})


def read(source, query):
    return read_arrival({"a": source}, f"{ENTRY}?{query}", secret_of)


def test_the_unique_id_and_what_is_kept_are_read_and_nothing_else():
    arrival = read(panel(), "src=a&psid=u-1&pid=7&country=de&other=x")
    assert arrival == Arrival("a", "u-1", {"pid": "7", "country": "de"})


@pytest.mark.parametrize("kind", ["hmac_sha1", "hmac_sha256"])
def test_what_is_put_behind_a_signature_is_not_signed(kind):
    source = signed(kind)
    query = f"src=a&psid=1&sig={spelled(kind, f'{ENTRY}?src=a&psid=1')[0]}"

    assert read(source, query).signed == {"src": "a", "psid": "1"}
    arrival = read(source, f"{query}&pid=7&country=de")
    assert (arrival, arrival.signed) == (Arrival("a", "1"), {"src": "a", "psid": "1"})
    with pytest.raises(EntryError, match="incomplete"):
        read(source, f"src=a&sig={spelled(kind, f'{ENTRY}?src=a')[0]}&psid=1")


def test_where_nothing_is_signed_nothing_counts_as_signed():
    assert read(panel(), "src=a&psid=1").signed is None
    linear = panel(signature={"kind": "linear", "parameter": "sig", "secret": "PANEL"})
    query = f"src=a&psid=7&sig={3 * 7 - 2}&pid=5"
    assert read_arrival({"a": linear}, f"{ENTRY}?{query}", lambda _: "3:2").kept == {"pid": "5"}


def test_a_signature_vouches_for_an_id_only_where_it_covers_it():
    assert not read(panel(), "src=a&psid=1").vouched
    query = "src=a&psid=1"
    assert read(signed("hmac_sha256"), f"{query}&sig={spelled('hmac_sha256', f'{ENTRY}?{query}')[0]}").vouched
    for of, vouched in ((None, True), ("psid", True), ("pid", False)):
        linear = signed("linear", of=of)
        query = f"src=a&psid=7&pid=7&sig={3 * 7 - 2}"
        assert read_arrival({"a": linear}, f"{ENTRY}?{query}", lambda _: "3:2").vouched == vouched


@pytest.mark.parametrize("name", ["A", "b", "a%20"])
def test_a_source_that_the_study_does_not_name_lets_nobody_in_without_credit(name):
    with pytest.raises(EntryError, match="incomplete"):
        read(panel(), f"src={name}&psid=1")
    assert read(panel(), "src=open&psid=1") == read(panel(), "psid=1") == Arrival()


def test_a_number_longer_than_any_id_is_not_signed():
    with pytest.raises(EntryError, match="forged"):
        read_arrival({"a": signed("linear")}, f"{ENTRY}?src=a&psid={'1' * 5000}&sig=1", lambda _: "3:2")


@pytest.mark.parametrize("uid", ["%00", "x" * 129, "a%20b"])
def test_an_open_link_takes_no_id_that_is_none(uid):
    assert read(panel(kind="open"), f"src=a&psid={uid}&pid=7") == Arrival("a", None, {"pid": "7"})


@pytest.mark.parametrize(
    "query", ["src=a", "src=a&psid=", "src=a&psid=%00", f"src=a&psid={'x' * 129}", "src=a&psid=a%20b"]
)
def test_a_panel_without_an_id_lets_nobody_in(query):
    with pytest.raises(EntryError, match="incomplete"):
        read(panel(), query)


def test_a_study_that_names_no_sources_takes_any():
    assert read_arrival({}, f"{ENTRY}?src=b&uid=2", secret_of) == Arrival("b", "2")


# RFC 2202 and RFC 4231 have these for the key "Jefe"; a library that nobody here wrote made them.
@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("hmac_sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("hmac_sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ],
)
def test_signatures_are_those_of_the_standards(kind, wanted):
    signature = Signature(kind=kind, parameter="sig", secret="X")  # noqa: S106 - its name
    assert sign(signature, "Jefe", "what do ya want for nothing?", "") == wanted


def spelled(kind, message):
    digest = hmac.new(
        SHARED.encode(), message.encode(), {"hmac_sha1": hashlib.sha1, "hmac_sha256": hashlib.sha256}[kind]
    )
    raw = base64.urlsafe_b64encode(digest.digest()).decode()
    return [digest.hexdigest(), raw, raw.rstrip("=")]


@pytest.mark.parametrize("kind", ["hmac_sha1", "hmac_sha256"])
@pytest.mark.parametrize(
    "message", [f"{ENTRY}?src=a&psid=1", f"{ENTRY}?src=a&psid=1&", "src=a&psid=1", "src=a&psid=1&"]
)
def test_a_signed_entry_lets_in_however_panels_sign_and_spell(kind, message):
    for signature in spelled(kind, message):
        assert read(signed(kind), f"src=a&psid=1&sig={signature}").uid == "1"


@given(st.sampled_from(["hmac_sha1", "hmac_sha256"]), st.integers(0, 39), st.sampled_from("0123456789abcdef"))
def test_a_signature_that_is_one_letter_off_lets_nobody_in(kind, place, letter):
    signature = spelled(kind, "src=a&psid=1")[0]
    forged = signature[:place] + letter + signature[place + 1 :]
    if forged != signature:
        with pytest.raises(EntryError, match="forged"):
            read(signed(kind), f"src=a&psid=1&sig={forged}")


@pytest.mark.parametrize(
    "query",
    [
        "src=a&psid=1",
        "src=a&psid=1&sig=",
        "sig=&src=a&psid=1",
        "src=a&psid=2&sig={of_1}",
        "src=a&psid=1&sig={of_1}&psid=2",
        "psid=2&src=a&psid=1&sig={of_1}",
    ],
)
def test_an_id_that_was_not_signed_lets_nobody_in(query):
    of_1 = spelled("hmac_sha256", "src=a&psid=1")[0]
    source = signed("hmac_sha256")
    with contextlib.suppress(EntryError):
        assert read(source, query.format(of_1=of_1)).uid == "1"  # what stands behind the signature is not read


def test_signatures_are_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(sources.hmac, "compare_digest", lambda *both: compared.append(both) or False)
    with pytest.raises(EntryError):
        read(signed("hmac_sha256"), f"src=a&psid=1&sig={spelled('hmac_sha256', 'src=a&psid=1')[0]}")
    assert len(compared) == 12


def test_linear_signatures_are_factor_times_number_less_subtrahend():
    source = signed("linear", of="pid")

    def secret(_):
        return "17:5"

    good = read_arrival({"a": source}, f"{ENTRY}?src=a&psid=x&pid=100&sig=1695", secret)
    assert good.uid == "x"
    for forged in ("1694", "", "01695", "1695.0"):
        with pytest.raises(EntryError, match="forged"):
            read_arrival({"a": source}, f"{ENTRY}?src=a&psid=x&pid=100&sig={forged}", secret)
    with pytest.raises(EntryError, match="forged"):
        read_arrival({"a": source}, f"{ENTRY}?src=a&psid=x&sig=", secret)
    back = exit_address(source, "complete", "x", {"pid": "100"}, secret)
    assert back == "https://panel.example/c?id=x&p=100&sig=1695"


def test_exits_carry_what_was_kept_as_words_and_are_signed():
    assert exit_address(panel(), "complete", "a&b=c/ü", {"pid": "7#"}, secret_of) == (
        "https://panel.example/c?id=a%26b%3Dc%2F%C3%BC&p=7%23"
    )
    signed_exit = exit_address(signed("hmac_sha256"), "complete", "1", {"pid": "2"}, secret_of)
    address, _, signature = signed_exit.partition("&sig=")
    assert signature == spelled("hmac_sha256", address)[0]


@pytest.mark.parametrize(
    ("status", "exit_at"),
    [("complete", "/c"), ("screened_out", "/s"), ("quality_fail", "/q"), ("quota_full", None), ("timed_out", None)],
)
def test_each_end_has_its_exit_and_its_word_for_the_server(status, exit_at):
    back = exit_address(panel(), status, "1", {}, secret_of)
    assert (back and back[21:23]) == exit_at
    told = callback_address(panel(), status, "1", {}, secret_of)
    words = {
        "complete": "complete",
        "screened_out": "screened_out",
        "quality_fail": "quality",
        "quota_full": "quota_full",
    }
    assert told == (f"https://panel.example/s2s?id=1&status={words[status]}" if status in words else None)

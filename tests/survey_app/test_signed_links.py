import time

import pytest
from itsdangerous import URLSafeSerializer

from survey_app.access.signed_links import (
    OPEN,
    SALT,
    VALID_SECONDS,
    LinkError,
    from_this_machine,
    read_token,
    sign_link,
)

KEY = "k" * 43
NOON = 1_800_000_000.0


def token_of(link):
    return link.removeprefix(OPEN)


def test_a_link_opens_its_study_to_its_audience():
    grant = read_token(KEY, token_of(sign_link(KEY, "reports", "coffee", now=NOON)), now=NOON + 1)

    assert (grant.audience, grant.study) == ("reports", "coffee")
    assert grant.holds(NOON + VALID_SECONDS - 1)
    assert not grant.holds(NOON + VALID_SECONDS)


def test_a_link_expires():
    token = token_of(sign_link(KEY, "researcher", "coffee", now=NOON))

    with pytest.raises(LinkError) as refused:
        read_token(KEY, token, now=NOON + VALID_SECONDS)

    assert refused.value.expired


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", lambda t: "x" + t[1:], lambda _: "", lambda _: "a.b"]
)
def test_a_changed_token_was_never_ours(change):
    token = token_of(sign_link(KEY, "researcher", "coffee"))

    with pytest.raises(LinkError) as refused:
        read_token(KEY, change(token))

    assert not refused.value.expired


def test_the_key_of_another_instance_opens_nothing():
    with pytest.raises(LinkError):
        read_token("l" * 43, token_of(sign_link(KEY, "researcher", "coffee")))


def test_what_else_the_key_signs_is_no_link():
    grant = {"audience": "researcher", "study": "coffee", "until": int(time.time()) + 60}

    with pytest.raises(LinkError):
        read_token(KEY, str(URLSafeSerializer(KEY, salt="cookie-session").dumps(grant)))


@pytest.mark.parametrize("content", [{"audience": "owner", "study": "coffee", "until": 2**40}, {"study": "coffee"}, []])
def test_a_signed_content_of_another_shape_opens_nothing(content):
    with pytest.raises(LinkError):
        read_token(KEY, str(URLSafeSerializer(KEY, salt=SALT).dumps(content)))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machine_under_its_own_names(address, host):
    assert from_this_machine(address, host, ["Host", "Accept"])


@pytest.mark.parametrize(
    "address", ["192.168.1.7", "203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "", None, "localhost"]
)
def test_another_machine(address):
    assert not from_this_machine(address, "localhost", [])


@pytest.mark.parametrize(
    "host", ["rebind.example", "localhost.example", "127.0.0.1.example", "192.168.1.7", "[::2]", "[", ""]
)
def test_a_strangers_name_that_leads_here(host):
    assert not from_this_machine("127.0.0.1", host, [])


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "x-real-ip", "X-FORWARDED-HOST", "Via"])
def test_a_proxy_on_this_machine(header):
    assert not from_this_machine("127.0.0.1", "localhost", ["Host", header])

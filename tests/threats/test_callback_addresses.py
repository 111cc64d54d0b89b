"""Addresses that other people name: nothing is sent to where nothing may be, whatever they are called."""

import asyncio
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from api.settings import SettingsError, load_settings
from api.wiring.callbacks import allowed_callbacks
from core.ports.dispatch import TryLater
from integrations.webhooks.callbacks import WebhookListener
from integrations.webhooks.client import LARGEST_ANSWER, NoAnswer
from integrations.webhooks.guarded import NOTHING_MORE, Allowed, GuardedClient, NotAllowed, parse_allowed, parse_target
from tests.doubles.callback_listener import listening
from tests.integrations.test_webhook_client import say, server

CLOSED = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "169.254.169.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "100.64.0.1", "100.127.255.255", "192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::",
    "fc00::1", "fdff::1", "fe80::1", "febf::1", "ff02::1", "::ffff:7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1", "fec0::1", "100::1")
NUMBERS = ("2130706433", "0x7f.1", "017700000001", "0x7f000001", "127.1", "0177.0.0.1", "127.0.0.1.", "0x7f.0x0.0x0.0x1", "127.0.0.0x1",
           "1.1", "0", "4294967295", "8.8.8.8.8", "127.0.0.01")
NAMES = ("localhost", "localhost.", "LOCALHOST", "a.localhost", "a.localhost.")


def host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def finds(*addresses: str) -> tuple[list[str], GuardedClient]:
    """Return what was looked up, and a client for which every name is at these addresses."""
    asked: list[str] = []

    async def resolve(name: str, port: int) -> Sequence[str]:
        asked.append(name)
        return addresses

    return asked, GuardedClient(NOTHING_MORE, resolve)


@pytest.mark.parametrize("text", [*map(host, CLOSED), *NUMBERS, *NAMES])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_h02_an_address_that_is_closed_is_refused_as_it_stands(text: str, scheme: str) -> None:
    with pytest.raises(NotAllowed):
        parse_target(f"{scheme}://{text}/hook")


@pytest.mark.parametrize("text", [
    "https://me:word@hooks.acme.org/", "https://hooks.acme.org@127.0.0.1/", "https://hooks.acme.org#@127.0.0.1/", "https://hooks.acme.org\\@x/",
    "https:///hook", "https://", "//hooks.acme.org/", "ftp://hooks.acme.org/", "file:///etc/passwd", "gopher://hooks.acme.org/",
    "https://hooks .acme.org/", "https://hooks.acme.org/\r\nx: y", "https://hooks.acme.org/\t", " https://hooks.acme.org/",
    "https://hooks.acme.org:99999/", "https://hooks.acme.org:0/", "https://hooks.acme.org:x/", "https://[fe80::1%25eth0]/", "https://[::1/",
    "https://h\u00f6oks.acme.org/", "https://\u2460\u2461.0.0.1/", "https://127.0.0.1\u3002/", "https://%31%32%37.0.0.1/", "https://-x.acme.org/",
    "https://a..acme.org/", "https://hooks.acme.org../", "https://*.acme.org/", "https://[v1.x]/", "https://[8.8.8.8]/", "http://hooks.acme.org/"])
def test_h02_what_could_be_read_in_two_ways_is_no_address(text: str) -> None:
    with pytest.raises(NotAllowed):
        parse_target(text)


@pytest.mark.parametrize(("text", "name", "port"), [
    ("https://hooks.acme.org/a?b=c", "hooks.acme.org", 443), ("HTTPS://Hooks.Acme.Org.:8443/", "hooks.acme.org", 8443),
    ("https://8.8.8.8/", "8.8.8.8", 443), ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
    ("https://xn--hks-sna.acme.org", "xn--hks-sna.acme.org", 443)])
def test_h02_the_public_internet_is_open(text: str, name: str, port: int) -> None:
    target = parse_target(text)
    assert (target.name, target.port) == (name, port)


@contextmanager
def port_nobody_may_reach() -> Iterator[tuple[int, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.03)
        yield listener.getsockname()[1], listener


@pytest.mark.parametrize("address", CLOSED)
def test_h03_a_name_that_leads_inside_is_sent_nothing(address: str) -> None:
    asked, client = finds(address)
    with port_nobody_may_reach() as (port, listener):
        with pytest.raises(NotAllowed):
            client.post(f"https://hooks.acme.org:{port}/", b"{}", {}, seconds=2)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert asked == ["hooks.acme.org"]


def test_h03_a_name_that_leads_inside_is_a_failed_delivery() -> None:
    _, client = finds("169.254.169.254")
    with pytest.raises(TryLater, match="its address leads to where nothing may be sent"):
        WebhookListener(client).tell("https://hooks.acme.org/", "m1", "{}", ["whsec_" + "A" * 32], 2)


def test_h03_a_name_with_one_address_inside_among_others_is_sent_nothing() -> None:
    _, client = finds("8.8.8.8", "127.0.0.1")
    with port_nobody_may_reach() as (port, listener):
        with pytest.raises(NotAllowed):
            client.post(f"https://hooks.acme.org:{port}/", b"{}", {}, seconds=2)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_h03_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to() -> None:
    """The second answer leads inside: it is never asked for. The first is an address where nobody answers."""
    answers = [["192.88.98.1"], ["127.0.0.1"]]

    async def rebinding(name: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    with port_nobody_may_reach() as (port, listener):
        with pytest.raises(NoAnswer):
            GuardedClient(NOTHING_MORE, rebinding).post(f"https://hooks.acme.org:{port}/", b"{}", {}, seconds=0.5)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert answers == [["127.0.0.1"]]


def test_a_host_that_an_operator_opens_is_sent_it_under_its_name() -> None:
    asked: list[str] = []

    async def resolve(name: str, port: int) -> Sequence[str]:
        asked.append(name)
        return ["127.0.0.1"]

    with listening() as double:
        port = double.url.rpartition(":")[2].partition("/")[0]
        answer = GuardedClient(parse_allowed(["Hooks.Internal"]), resolve).post(f"http://hooks.internal:{port}/hook", b"{}", {}, seconds=2)
        assert (answer.status, double.got[0][0]["host"]) == (204, f"hooks.internal:{port}")
        with pytest.raises(NotAllowed):
            GuardedClient(parse_allowed(["hooks.internal"]), resolve).post(f"http://127.0.0.1:{port}/hook", b"{}", {}, seconds=2)
        with pytest.raises(NotAllowed):
            GuardedClient(parse_allowed(["10.0.0.0/8"]), resolve).post(f"http://hooks.internal:{port}/hook", b"{}", {}, seconds=2)
    assert (len(double.got), asked) == (1, ["hooks.internal", "hooks.internal"])


def on_loopback() -> GuardedClient:
    return GuardedClient(parse_allowed(["127.0.0.0/8"]))


def test_h04_a_redirect_is_not_followed() -> None:
    with listening() as metadata, listening() as double:
        double.says(302, location=metadata.url)
        answer = on_loopback().post(double.url, b"{}", {}, seconds=2)
    assert (answer.status, metadata.got) == (302, [])


def test_h06_of_an_endless_answer_64_kb_are_read() -> None:
    with server(say(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n", *[b"x" * 65_536] * 20)) as (address, _):
        answer = on_loopback().post(f"http://{address}/", b"{}", {}, seconds=5)
    assert (len(answer.body), answer.cut) == (LARGEST_ANSWER, True)


def test_h06_a_dripping_answer_is_left_at_the_deadline() -> None:
    drip = say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", *[b"x"] * 100, pause=0.05)
    with server(drip) as (address, _):
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"within 0\.4 s"):
            on_loopback().post(f"http://{address}/", b"{}", {}, seconds=0.4)
    assert time.monotonic() - began < 1


def test_h06_a_look_up_that_hangs_is_left_at_the_deadline() -> None:
    async def hangs(name: str, port: int) -> Sequence[str]:
        await asyncio.sleep(10)
        return []

    with pytest.raises(NoAnswer, match="within"):
        GuardedClient(NOTHING_MORE, hangs).post("https://hooks.acme.org/", b"{}", {}, seconds=0.3)


@pytest.mark.parametrize("text", ["127.0.0.1/33", "a b", "*.acme.org", "https://acme.org", "10.0.0.1/8"])
def test_what_is_neither_a_host_nor_a_network_opens_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        parse_allowed([text])


def test_an_opening_that_cannot_be_read_keeps_placet_from_starting() -> None:
    with pytest.raises(SettingsError, match=r"^PLACET_CALLBACK_ALLOW must be hosts and networks, with commas between\.$"):
        allowed_callbacks(load_settings({"PLACET_CALLBACK_ALLOW": "hooks.acme.internal, a b"}))
    given = allowed_callbacks(load_settings({"PLACET_CALLBACK_ALLOW": "hooks.acme.internal, 127.0.0.0/8"}))
    assert given == parse_allowed(["127.0.0.0/8", "hooks.acme.internal"])


def test_nothing_is_opened_unless_said() -> None:
    assert parse_allowed([]) == Allowed() == NOTHING_MORE

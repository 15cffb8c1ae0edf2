"""The service manager's side of the socket: what arrives there, and when nothing is sent."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from finantrade.edges.notify import notify, watchdog_s


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = f"@finantrade-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("abstract socket names exist on Linux only")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name.replace("@", "\0") if request.param == "abstract" else name)
        receiver.settimeout(5)
        yield receiver, name


def test_facts_arrive_as_one_datagram(manager: tuple[socket.socket, str]) -> None:
    receiver, name = manager
    assert notify({"NOTIFY_SOCKET": name}, READY=1, STATUS="trading on paper: 2 symbols")
    assert receiver.recv(4096) == b"READY=1\nSTATUS=trading on paper: 2 symbols"


@pytest.mark.parametrize("surroundings", [{}, {"NOTIFY_SOCKET": ""}], ids=["unset", "empty"])
def test_without_a_service_manager_nothing_is_sent(surroundings: dict[str, str]) -> None:
    assert notify(surroundings, READY=1) is False


def test_a_socket_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        notify({"NOTIFY_SOCKET": str(tmp_path / "gone")}, READY=1)


@pytest.mark.parametrize(
    ("surroundings", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "18"}, None),
    ],
    ids=["nobody", "anyone", "us", "another process"],
)
def test_the_watchdog_is_fed_twice_in_its_time(surroundings: dict[str, str], seconds: float | None) -> None:
    assert watchdog_s(surroundings, 17) == seconds

"""Ports of these tests' own are given to nobody else, however slowly a program starts."""

from contextlib import ExitStack, closing
import os
from pathlib import Path
import socket

import pytest

from tests.home.child import Child
from tests.network.relay import Relay
from tests.ports import LOOPBACK, OwnPort, free_port
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("socket_enabled")

# Neither the kernel gives these nor `free_port`.
NOBODYS = range(15_000, 20_000)


def test_no_port_is_returned_twice() -> None:
    """Two players that start at the same time do not wish for the same port."""
    ports = {free_port() for _ in range(1000)}
    assert len(ports) == 1000


def test_a_free_port_is_none_that_the_kernel_gives() -> None:
    """What listens or connects meanwhile, anywhere on this machine, is given another one."""
    with ExitStack() as held:
        given = [held.enter_context(closing(OwnPort())).number for _ in range(100)]
        assert max(free_port() for _ in range(100)) < min(given)


def test_a_wanted_port_is_returned_where_it_is_free() -> None:
    """Whoever has it keeps it, and another one is returned."""
    for wanted in NOBODYS:
        try:
            other = socket.create_server((LOOPBACK, wanted))
        except OSError:
            continue
        with other:
            assert free_port(wanted) not in (0, wanted)
        assert free_port(wanted) == wanted
        return
    pytest.fail("There is no free port to wish for.")


def test_an_own_port_is_refused_to_others() -> None:
    """Whether somebody listens there or not; and connections are refused until then."""
    with closing(OwnPort()) as port:
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((LOOPBACK, port.number))
            with port.listener() as listening:
                listening.listen()
                socket.create_connection((LOOPBACK, port.number)).close()
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind((LOOPBACK, port.number))


async def test_who_refuses_connections_keeps_the_port(simulator: Simulator) -> None:
    """The provider, and the network before it; both admit connections there again."""
    async with Relay(LOOPBACK, simulator.port) as relay:
        await simulator.refuse()
        relay.refuse()
        for port in (simulator.port, relay.port):
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind((LOOPBACK, port))
        await simulator.admit()
        await relay.admit()
        for port in (simulator.port, relay.port):
            socket.create_connection((LOOPBACK, port)).close()


def test_an_error_tells_of_a_program_that_had_ended(tmp_path: Path) -> None:
    """What failed for want of it is not looked for elsewhere."""
    with pytest.raises(TimeoutError) as failed:
        miss_a_program_that_ends(tmp_path)
    assert failed.value.__notes__ == ["Player had ended with code 1.\n"]


def miss_a_program_that_ends(folder: Path) -> None:
    """Start a program, and fail after it has ended."""
    with Child("Player", ["false"], folder=folder) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        raise TimeoutError

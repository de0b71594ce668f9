"""The tests reach this machine and nothing else, whatever a test or a library tries."""

import socket

import pytest
import pytest_socket

DOCUMENTATION = "192.0.2.1"  # RFC 5737: an address that belongs to nobody


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_connection_to_another_machine_is_refused():
    with pytest.raises(
        (pytest_socket.SocketBlockedError, pytest_socket.SocketConnectBlockedError)
    ):
        socket.create_connection((DOCUMENTATION, 80), timeout=0.2)


def test_a_connection_to_this_machine_is_not():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()

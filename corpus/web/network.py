"""Connections for fetching: to network addresses that were checked, and until a deadline.

A name is looked up once for a connection, every address that comes back is checked, and the connection is
opened to one of those very addresses: a name that means something else a moment later gains nothing.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from threading import Thread

from httpcore2 import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
)

from corpus.web.addresses import IPAddress

Resolver = Callable[[str, int], list[str]]
"""A host and a port to network addresses; OSError when there is none."""

MOST_TRIED = 4
"""Addresses of one host that are tried; each gets its share of the time that is left."""


class NotAllowed(Exception):
    """A host leads to an address that may not be connected to."""


def look_up(host: str, port: int) -> list[str]:
    """The network addresses of a host, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Deadline:
    """A moment that all the steps of one fetch share."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; raises httpcore2.ReadTimeout when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise ReadTimeout("the time is over")
        return left


class CheckedNetwork(NetworkBackend):
    """Opens TCP connections to allowed addresses only."""

    def __init__(self, resolve: Resolver, allow: Callable[[IPAddress], bool], deadline: Deadline) -> None:
        self._resolve = resolve
        self._allow = allow
        self._deadline = deadline
        self._sockets = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        addresses = self._checked(host, port)[:MOST_TRIED]
        failure: ConnectError | ConnectTimeout = ConnectError("no address")
        for tried, address in enumerate(addresses):
            share = self._deadline.left() / (len(addresses) - tried)
            try:
                stream = self._sockets.connect_tcp(str(address), port, share, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as error:
                failure = error
            else:
                return TimedStream(stream, self._deadline)
        raise failure

    def _checked(self, host: str, port: int) -> list[IPAddress]:
        """The addresses of a host; NotAllowed when any of them is not to be connected to."""
        try:
            found = [ipaddress.ip_address(host)]
        except ValueError:
            found = [ipaddress.ip_address(address) for address in self._look_up(host, port)]
        if not all(self._allow(address) for address in found):
            raise NotAllowed(host)
        return found

    def _look_up(self, host: str, port: int) -> list[str]:
        """A look-up cannot be interrupted: one that takes too long goes on in a thread that nothing waits for."""
        answers: list[list[str]] = []

        def ask() -> None:
            try:
                answers.append(self._resolve(host, port))
            except (OSError, UnicodeError):
                answers.append([])

        thread = Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self._deadline.left())
        if not answers:
            raise ConnectTimeout("the host was not found in time")
        return answers[0]


class TimedStream(NetworkStream):
    """A connection on which each step takes no longer than what is left; steps without end are cut by `left`."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        try:
            left = self._deadline.left()
        except ReadTimeout:
            self.close()
            raise
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

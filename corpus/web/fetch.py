"""A document from a web address: bytes, and a name that tells their format.

Only public places are asked, on the usual ports, by a request that carries nothing but the address: no
cookies, no passwords, no proxy, no settings of the environment. Time and size are bounded, redirects are
followed by hand and checked like the first address.
"""

import ssl
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from corpus.convert import MAX_BYTES
from corpus.errors import UnreadableFile
from corpus.web.addresses import IPAddress, WebAddress, is_public, shown, web_address
from corpus.web.filenames import file_name

if TYPE_CHECKING:
    from httpcore2 import Response

    from corpus.web.network import Deadline, Resolver

PORTS = (80, 443)
SECONDS = 30.0
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
USER_AGENT = "confbot"
COMPRESSED = ("gzip", "x-gzip")
PIECE = 2**16


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave; `url` is where the last redirect led, `media_type` in lower case, without parameters."""

    data: bytes
    name: str
    url: str
    media_type: str


class Fetcher:
    """Fetches documents.

    `resolve` looks up names, and `allow` says which network addresses may be connected to: a test, or an
    organiser whose documents are on a private network, allows more than the public ones. `seconds` bound one
    fetch with all its redirects.
    """

    def __init__(
        self,
        *,
        resolve: "Resolver | None" = None,
        allow: Callable[[IPAddress], bool] = is_public,
        ports: Collection[int] = PORTS,
        seconds: float = SECONDS,
        max_bytes: int = MAX_BYTES,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._allow = allow
        self._ports = ports
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._given_tls = tls

    def fetch(self, url: str) -> Fetched:
        """The document at `url`.

        Raises UnreadableFile with one of the codes address_scheme (a form of address that is not accepted),
        address_refused (not public), address_unreachable, address_status, address_too_large, address_timeout,
        address_redirects.
        """
        from corpus.web.network import Deadline

        deadline = Deadline(self._seconds)
        address = web_address(url, self._ports)
        for _ in range(MOST_REDIRECTS + 1):
            with self._asked(address, deadline) as response:
                headers = _headers(response)
                if response.status not in REDIRECTS:
                    return self._fetched(address, response, headers)
                address = self._next(address, response.status, headers)
        raise _error(address, f"more than {MOST_REDIRECTS} redirects", "give the address of the document", "redirects")

    @contextmanager
    def _asked(self, address: WebAddress, deadline: "Deadline") -> "Iterator[Response]":
        """The answer of one server, of which the body is still to be read."""
        import httpcore2

        from corpus.web.network import CheckedNetwork, NotAllowed, look_up

        scheme, host = address.scheme.encode(), address.host.encode()
        connection = httpcore2.HTTPConnection(
            httpcore2.Origin(scheme, host, address.port),
            ssl_context=self._tls if address.scheme == "https" else None,
            network_backend=CheckedNetwork(self._resolve or look_up, self._allow, deadline),
        )
        url = httpcore2.URL(scheme=scheme, host=host, port=address.port, target=address.target)
        try:
            yield connection.handle_request(httpcore2.Request("GET", url, headers=_request_headers(address)))
        except NotAllowed as error:
            raise _error(
                address,
                "a place that is not public",
                "give an address that anyone can open, or add the file itself",
                "refused",
            ) from error
        except httpcore2.TimeoutException as error:
            found = f"no complete answer within {self._seconds:g} seconds"
            raise _error(address, found, "try again later, or add the file itself", "timeout") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise _unreachable(address, _failure(error)) from error
        finally:
            connection.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import httpx2

        return self._given_tls or httpx2.create_ssl_context(trust_env=False)

    def _next(self, address: WebAddress, status: int, headers: Mapping[str, str]) -> WebAddress:
        """Where a redirect leads."""
        location = headers.get("location", "")
        if not location:
            raise _status(address, status)
        following = web_address(location, self._ports, base=address)
        if address.scheme == "https" and following.scheme != "https":
            remedy = "give the address that it leads to, if it is safe"
            raise _error(address, "a redirect from https to http", remedy, "redirects")
        return following

    def _fetched(self, address: WebAddress, response: "Response", headers: Mapping[str, str]) -> Fetched:
        if response.status != 200:
            raise _status(address, response.status)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self._max_bytes:
            raise self._too_large(address)
        data = self._body(address, response.iter_stream(), headers.get("content-encoding", ""))
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        path = address.target.decode("ascii").partition("?")[0]
        name = file_name(headers.get("content-disposition", ""), path, address.host, media_type)
        return Fetched(data, name, str(address), media_type)

    def _body(self, address: WebAddress, pieces: Iterable[bytes], encoding: str) -> bytes:
        """The body, of which no more is held than is accepted."""
        encoding = encoding.strip().lower()
        if encoding in COMPRESSED:
            pieces = _unpacked(address, pieces)
        elif encoding not in ("", "identity"):
            raise _unreachable(address, f"the encoding {encoding[:20]!r}, which was not asked for")
        data = bytearray()
        for piece in pieces:
            data += piece
            if len(data) > self._max_bytes:
                raise self._too_large(address)
        return bytes(data)

    def _too_large(self, address: WebAddress) -> UnreadableFile:
        found = f"more than {self._max_bytes:,} bytes"
        return _error(address, found, "split the document into parts and add them as files", "too_large")


def _request_headers(address: WebAddress) -> list[tuple[str, str]]:
    return [
        ("Host", address.authority),
        ("User-Agent", USER_AGENT),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip"),
        ("Connection", "close"),
    ]


def _headers(response: "Response") -> dict[str, str]:
    """The headers of an answer by name in lower case; of several the first."""
    headers: dict[str, str] = {}
    for name, value in response.headers:
        headers.setdefault(name.decode("latin-1").lower(), _text(value))
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _unpacked(address: WebAddress, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip packed, in small pieces: a little of it may stand for very much."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for packed in pieces:
            piece = unpacking.decompress(packed, PIECE)
            while piece:
                yield piece
                piece = unpacking.decompress(unpacking.unconsumed_tail, PIECE)
            if unpacking.unused_data:
                break
    except zlib.error as error:
        raise _unreachable(address, "an answer that is packed wrongly") from error
    if unpacking.unused_data or not unpacking.eof:
        raise _unreachable(address, "an answer that is packed wrongly")


def _failure(error: Exception) -> str:
    """What went wrong with a connection, without what the other side said."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "a certificate that is not valid for it"
        cause = cause.__cause__ or cause.__context__
    return "no connection, or no answer that can be read"


def _unreachable(address: WebAddress, found: str) -> UnreadableFile:
    return _error(address, found, "check the address in a browser, or add the file itself", "unreachable")


def _status(address: WebAddress, status: int) -> UnreadableFile:
    remedy = "check the address in a browser; a page behind a login has to be added as a file"
    return _error(address, f"the status {status}", remedy, "status", status=status)


def _error(address: WebAddress, found: str, remedy: str, kind: str, **values: object) -> UnreadableFile:
    where = shown(str(address))
    return UnreadableFile(
        f"{where}: found {found}, expected a public document: {remedy}",
        code=f"address_{kind}",
        address=where,
        **values,
    )

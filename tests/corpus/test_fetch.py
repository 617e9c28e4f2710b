"""Fetching from web addresses: what may be asked, what is taken, and what a hostile server can do.

Names are resolved by a table, servers run on the loopback address of this machine, and nothing else is reached.
"""

import gzip
import ipaddress
import socket
import ssl
import struct
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from threading import Event, Thread

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableFile
from corpus.web.addresses import IPAddress, is_public, web_address
from corpus.web.fetch import MOST_REDIRECTS, PORTS, Fetched, Fetcher
from corpus.web.filenames import MOST_CHARACTERS, file_name

PUBLIC = "93.184.216.34"
LOOPBACK = ipaddress.ip_address("127.0.0.1")
PAGE = b"<html><body><p>La conf\xc3\xa9rence eut lieu.</p></body></html>"

# Made for these tests: it opens nothing else.
KEY_AND_CERTIFICATE = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgupcwSKtClNtplNIM
9AbdLLKiSsHdEKTZOpIcsVpEnm2hRANCAARfPYwW4wLznA/YjLCJpMac5oJz72RO
ZuICnZZZ+HNRAZ0Cvibg5NTdVmjwPIixoj075zcOwo4EWeKXXx70x8Rm
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBpDCCAUqgAwIBAgIUNdBWZj5kfYhF55SGBeEXy3W3OxkwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOZG9jdW1lbnRzLnRlc3QwIBcNMjYxMTI0MTE0MTIzWhgPMjEy
NjEwMzExMTQxMjNaMBkxFzAVBgNVBAMMDmRvY3VtZW50cy50ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEXz2MFuMC85wP2IywiaTGnOaCc+9kTmbiAp2WWfhz
UQGdAr4m4OTU3VZo8DyIsaI9O+c3DsKOBFnil18e9MfEZqNuMGwwHQYDVR0OBBYE
FJ/j7WTdRpuuKXqRUsgqfOOFMeNgMB8GA1UdIwQYMBaAFJ/j7WTdRpuuKXqRUsgq
fOOFMeNgMA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOZG9jdW1lbnRzLnRl
c3QwCgYIKoZIzj0EAwIDSAAwRQIgQ1+Zys5VmLVBrg7Ar57CJaE3pCTcgTWbyiWO
ZojHvOMCIQDPzL1yTJkg2EtqXNH/SiYWliBNtvODG/vNZEolMv40Fw==
-----END CERTIFICATE-----
"""

Handler = Callable[[socket.socket, str], None]


class Server:
    """A server on the loopback address that answers each connection by `handler(socket, path)`.

    `requests` are the heads of what was asked, `connections` counts what was accepted.
    """

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.handler = handler
        self.tls = tls
        self.requests: list[str] = []
        self.connections = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):
                connection.settimeout(5)
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if self.tls is not None:
            with self.tls.wrap_socket(connection, server_side=True) as secure:
                self._talk(secure)
        else:
            self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
            head += piece
        if head:
            self.requests.append(head.decode("latin-1"))
            self.handler(connection, head.split(b" ")[1].decode("latin-1"))

    def close(self) -> None:
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(10)


@contextmanager
def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(handler, tls)
    try:
        yield server
    finally:
        server.close()


def answer(body: bytes, *headers: str, status: int = 200) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def giving(*answers: bytes) -> Handler:
    """The answers in turn, the last one for ever."""
    left = list(answers)

    def handler(connection: socket.socket, _path: str) -> None:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return handler


def redirect(location: str, status: int = 302) -> bytes:
    return answer(b"secret of the redirect", f"Location: {location}", status=status)


def names(**table: str | list[str]) -> Callable[[str, int], list[str]]:
    """A resolver by a table in which dots are underscores; unknown names are not found."""

    def resolve(host: str, _port: int) -> list[str]:
        found = table.get(host.replace(".", "_"))
        if found is None:
            raise OSError("unknown")
        return [found] if isinstance(found, str) else found

    return resolve


def local(server: Server, **options: object) -> Fetcher:
    """A fetcher for which every name is this machine, and which may connect to it."""
    chosen = {"resolve": lambda _host, _port: ["127.0.0.1"], "allow": LOOPBACK.__eq__, "ports": (server.port,)}
    return Fetcher(**(chosen | {"seconds": 5.0} | options))  # type: ignore[arg-type]


def refused(fetcher: Fetcher, url: str) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        fetcher.fetch(url)
    return caught.value


def never(_host: str, _port: int) -> list[str]:
    raise AssertionError("a name was looked up")


# What is taken


def test_a_page_is_fetched() -> None:
    with serving(giving(answer(PAGE, "Content-Type: Text/HTML; charset=utf-8"))) as server:
        fetched = local(server).fetch(f"http://documents.test:{server.port}/rabat/conference?lang=fr#part")
    url = f"http://documents.test:{server.port}/rabat/conference?lang=fr"
    assert fetched == Fetched(PAGE, "conference.html", url, "text/html")


def test_the_request_carries_nothing_but_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(giving(answer(PAGE, "Set-Cookie: a=b; Path=/"))) as server:
        fetcher = local(server)
        for _ in range(2):
            fetcher.fetch(f"http://documents.test:{server.port}/a?b=c")
    assert len(server.requests) == 2
    for request in server.requests:
        first, *headers = request.strip().split("\r\n")
        assert first == "GET /a?b=c HTTP/1.1"
        assert sorted(headers) == [
            "Accept-Encoding: gzip",
            "Accept: */*",
            "Connection: close",
            f"Host: documents.test:{server.port}",
            "User-Agent: confbot",
        ]


def test_a_packed_answer_is_unpacked() -> None:
    text = PAGE * 5_000
    with serving(giving(answer(gzip.compress(text), "Content-Encoding: gzip"))) as server:
        assert local(server).fetch(f"http://documents.test:{server.port}/a.html").data == text


@pytest.mark.parametrize(
    "body",
    [gzip.compress(PAGE)[:-9], b"not packed at all", gzip.compress(PAGE) + b"more", b""],
    ids=["cut", "unpacked", "followed by more", "empty"],
)
def test_an_answer_that_is_packed_wrongly_is_refused(body: bytes) -> None:
    with serving(giving(answer(body, "Content-Encoding: gzip"))) as server:
        assert refused(local(server), f"http://documents.test:{server.port}/").code == "address_unreachable"


def test_an_encoding_that_was_not_asked_for_is_refused() -> None:
    with serving(giving(answer(PAGE, "Content-Encoding: br"))) as server:
        error = refused(local(server), f"http://documents.test:{server.port}/")
    assert error.code == "address_unreachable"
    assert "'br'" in str(error)


def test_the_second_address_of_a_name_is_tried() -> None:
    with serving(giving(answer(PAGE))) as server:
        allow = lambda ip: ip.is_loopback  # noqa: E731
        fetcher = local(server, resolve=names(documents_test=["127.0.0.2", "127.0.0.1"]), allow=allow)
        assert fetcher.fetch(f"http://documents.test:{server.port}/").data == PAGE


# Which places may be asked

FORMS = [
    "",
    "documents.test/page",
    "//documents.test/page",
    "/etc/passwd",
    "file:///etc/passwd",
    "ftp://documents.test/a",
    "gopher://documents.test/a",
    "javascript:alert(1)",
    "data:text/html,hello",
    "http:documents.test",
    "http:///page",
    "http://",
    "http://user@documents.test/",
    "http://user:s3cret@documents.test/",
    "http://documents.test@127.0.0.1/",
    "http://documents.test\\@127.0.0.1/",
    "http://127.0.0.1\\.documents.test/",
    "http://documents.test:22/",
    "http://documents.test:8080/",
    "http://documents.test:0/",
    "http://documents.test:-80/",
    "http://documents.test:99999999999999/",
    "http://documents.test:x/",
    "http://%31%32%37.0.0.1/",
    "http://documents%2etest/",
    "http://docu ments.test/",
    "http://documents..test/",
    "http://.documents.test/",
    "http://localhost../",
    f"http://{'a' * 64}.test/",
    f"http://{'a.' * 200}test/",
    "http://0177.0.0.1/",
    "http://127.0.0.256/",
    "http://⑫7.0.0.1/",
    "http://１２７.0.0.1/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://[::1/",
    "http://[::1].documents.test/",
    "http://[v1.fe80::a]/",
    "http://documents.test\ud800/",
    "http://documents.test/\x00",
    "http://documents.test/a\r\nHost: other",
    f"http://documents.test/{'a' * 3_000}",
]


@pytest.mark.parametrize("url", FORMS, ids=ascii)
def test_a_form_of_address_that_is_not_accepted(url: str) -> None:
    error = refused(Fetcher(resolve=never), url)
    assert error.code == "address_scheme"
    assert "https://example.org/page" in str(error)
    assert "s3cret" not in str(error)


NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:7f00:1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001:0:7f00:1::1",
    "2001:0:5db8:d822:0:0:80ff:fffe",
    "2001:db8::1",
    "2001:10::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "2a00:1450::5efe:a00:1",
    "2a00:1450::200:5efe:7f00:1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "5f00::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_place_that_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    error = refused(Fetcher(resolve=names(documents_test=address)), "http://documents.test/")
    assert error.code == "address_refused"
    assert address not in str(error)
    host = f"[{address}]" if ":" in address else address
    assert refused(Fetcher(resolve=never), f"https://{host}/").code == "address_refused"


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "8.8.8.8",
        "2a00:1450::1",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2001:0:808:808::f7f7:f7f7",
        "::ffff:8.8.8.8",
        "2a00:1450::5efe:808:808",
    ],
)
def test_a_public_place(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f000001/",
        "http://0x7f.0.0.0x1/",
        "http://017700000001/",
        "http://0x/",
        "http://documents.127/",
        "http://[fe80::1%25eth0]/",
        "http://[::ffff:127.0.0.1]/",
        "http://127。0。0。1/",
        "http://127.0.0.1./",
        "http://[::]/",
    ],
    ids=ascii,
)
def test_a_number_in_place_of_a_name(url: str) -> None:
    assert refused(Fetcher(resolve=never), url).code == "address_refused"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://LOCALHOST./", "localhost"),
        ("http://bücher.test/", "xn--bcher-kva.test"),
        ("http://Documents.Test.:80/", "documents.test"),
    ],
)
def test_the_name_that_is_looked_up(url: str, host: str) -> None:
    asked: list[tuple[str, int]] = []

    def resolve(name: str, port: int) -> list[str]:
        asked.append((name, port))
        return ["127.0.0.1"]

    assert refused(Fetcher(resolve=resolve), url).code == "address_refused"
    assert asked == [(host, 80)]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.text(max_size=40).map("http://{}/".format), st.text().map("http://a/{}".format))
)
@example("http://[/")
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    base = web_address("http://documents.test/a/b", PORTS)
    for given_base in (None, base):
        try:
            address = web_address(text, PORTS, base=given_base)
        except UnreadableFile as error:
            assert error.code in ("address_scheme", "address_refused")
        else:
            assert web_address(str(address), PORTS) == address
            assert address.target.startswith(b"/")
            assert not set(address.target) & set(b" \r\n\t\x00")


def test_by_default_this_machine_is_not_asked() -> None:
    with serving(giving(answer(b"the secret"))) as server:
        fetcher = Fetcher(resolve=names(documents_test="127.0.0.1"), ports=(server.port,))
        for host in ("documents.test", "127.0.0.1", "[::ffff:127.0.0.1]"):
            assert refused(fetcher, f"http://{host}:{server.port}/").code == "address_refused"
        system = Fetcher(ports=(server.port,))
        assert refused(system, f"http://localhost:{server.port}/").code == "address_refused"
    assert server.connections == 0


def test_a_zone_of_a_local_network_is_never_asked() -> None:
    fetcher = Fetcher(resolve=never, allow=lambda _ip: True)
    assert refused(fetcher, "http://[fe80::1%25lo]/").code == "address_refused"


def test_one_address_that_is_not_public_is_enough() -> None:
    with serving(giving(answer(PAGE))) as server:
        fetcher = local(server, resolve=names(documents_test=["127.0.0.1", "10.0.0.1"]))
        assert refused(fetcher, f"http://documents.test:{server.port}/").code == "address_refused"
    assert server.connections == 0


def test_a_name_that_changes_its_address_gains_nothing() -> None:
    """The address that was checked is that of the connection: the name is looked up once."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    checked: list[IPAddress] = []

    def allow(ip: IPAddress) -> bool:
        checked.append(ip)
        return ip == LOOPBACK

    with serving(giving(answer(PAGE))) as server:
        fetcher = local(server, resolve=rebinding, allow=allow)
        assert fetcher.fetch(f"http://documents.test:{server.port}/").data == PAGE
        assert asked == ["documents.test"]
        assert checked == [LOOPBACK]
        assert refused(fetcher, f"http://documents.test:{server.port}/").code == "address_refused"
    assert server.connections == 1


def test_public_first_and_this_machine_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the default rule: the first answer is connected to, and the second, on a redirect, is refused."""
    opened: list[tuple[str, int]] = []
    real = socket.create_connection

    with serving(giving(redirect("/again"), answer(b"the secret"))) as server:

        def connect(address: tuple[str, int], *arguments: object, **options: object) -> socket.socket:
            opened.append(address)
            return real(("127.0.0.1", server.port), timeout=5)

        monkeypatch.setattr(socket, "create_connection", connect)
        answers = iter([[PUBLIC], ["127.0.0.1"]])
        fetcher = Fetcher(resolve=lambda _host, _port: next(answers))
        error = refused(fetcher, "http://documents.test/")
    assert error.code == "address_refused"
    assert "secret" not in str(error)
    assert opened == [(PUBLIC, 80)]
    assert server.connections == 1


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    with serving(giving(redirect("../b/final.html", status), answer(PAGE))) as server:
        fetched = local(server).fetch(f"http://documents.test:{server.port}/a/start")
    assert fetched.url == f"http://documents.test:{server.port}/b/final.html"
    assert (fetched.name, fetched.data) == ("final.html", PAGE)


def test_each_redirect_is_checked() -> None:
    with serving(giving(answer(b"the secret"))) as inner:
        places = (f"http://inner.test:{inner.port}/", f"http://127.0.0.2:{inner.port}/", f"//127.0.0.2:{inner.port}/x")
        for place in places:
            with serving(giving(redirect(place), answer(PAGE))) as outer:
                fetcher = local(
                    outer,
                    resolve=names(documents_test="127.0.0.1", inner_test="127.0.0.2"),
                    ports=(outer.port, inner.port),
                )
                error = refused(fetcher, f"http://documents.test:{outer.port}/")
            assert error.code == "address_refused"
            assert "secret" not in str(error)
    assert inner.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://documents.test/",
        "http://user:s3cret@documents.test/",
        "http://documents.test:22/",
        "http://[",
    ],
)
def test_a_redirect_to_a_form_that_is_not_accepted(location: str) -> None:
    with serving(giving(redirect(location), answer(PAGE))) as server:
        error = refused(local(server), f"http://documents.test:{server.port}/")
    assert error.code == "address_scheme"
    assert len(server.requests) == 1


def test_a_loop_of_redirects_ends() -> None:
    with serving(giving(redirect("/again"))) as server:
        assert refused(local(server), f"http://documents.test:{server.port}/").code == "address_redirects"
    assert len(server.requests) == MOST_REDIRECTS + 1


def test_as_many_redirects_as_are_accepted() -> None:
    with serving(giving(*[redirect("/again")] * MOST_REDIRECTS, answer(PAGE))) as server:
        assert local(server).fetch(f"http://documents.test:{server.port}/").data == PAGE


def test_a_redirect_to_nowhere_is_a_wrong_status() -> None:
    with serving(giving(answer(b"", status=302))) as server:
        assert refused(local(server), f"http://documents.test:{server.port}/").code == "address_status"


# Hostile and broken answers


@pytest.mark.parametrize("status", [201, 204, 206, 304, 401, 403, 404, 410, 500, 503])
def test_only_the_status_200_is_a_document(status: int) -> None:
    with serving(giving(answer(b"" if status in (204, 304) else b"the secret", status=status))) as server:
        error = refused(local(server), f"http://documents.test:{server.port}/")
    assert (error.code, error.values["status"]) == ("address_status", status)
    assert str(status) in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6 the secret\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nthe secret",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffffff\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 300_000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\nthe secret",
    ],
    ids=["nothing", "binary", "another protocol", "cut", "chunk size", "two lengths", "endless header", "upgrade"],
)
def test_an_answer_that_cannot_be_read(sent: bytes) -> None:
    with serving(giving(sent)) as server:
        error = refused(local(server), f"http://documents.test:{server.port}/")
    assert error.code in ("address_unreachable", "address_status")
    assert "secret" not in str(error)


def test_nobody_answers() -> None:
    with serving(giving(b"")) as server:
        port = server.port
    fetcher = local(server)
    assert refused(fetcher, f"http://documents.test:{port}/").code == "address_unreachable"
    assert refused(local(server, resolve=names()), f"http://documents.test:{port}/").code == "address_unreachable"


def endless(start: bytes, piece: bytes, pause: float) -> Handler:
    def handler(connection: socket.socket, _path: str) -> None:
        connection.sendall(start)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if not piece:
                connection.recv(1)  # until the other side closes
                return
            connection.sendall(piece)
            time.sleep(pause)

    return handler


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b""),
    ],
    ids=["status", "headers", "body", "body without length", "chunks", "continue", "silence"],
)
def test_a_server_that_drips(start: bytes, piece: bytes) -> None:
    with serving(endless(start, piece, 0.02)) as server:
        fetcher = local(server, seconds=0.4)
        began = time.monotonic()
        error = refused(fetcher, f"http://documents.test:{server.port}/")
        took = time.monotonic() - began
    assert error.code == "address_timeout"
    assert 0.3 < took < 2


def test_redirects_share_the_time() -> None:
    def slow(connection: socket.socket, _path: str) -> None:
        time.sleep(0.2)
        connection.sendall(redirect("/again"))

    with serving(slow) as server:
        began = time.monotonic()
        assert refused(local(server, seconds=0.5), f"http://documents.test:{server.port}/").code == "address_timeout"
    assert time.monotonic() - began < 2
    assert len(server.requests) <= 3


def test_a_look_up_that_hangs() -> None:
    over = Event()

    def hanging(_host: str, _port: int) -> list[str]:
        over.wait(10)
        return [PUBLIC]

    began = time.monotonic()
    assert refused(Fetcher(resolve=hanging, seconds=0.3), "http://documents.test/").code == "address_timeout"
    assert time.monotonic() - began < 2
    over.set()


def test_a_body_without_end() -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(endless(start, b"10000\r\n" + b"a" * 0x10000 + b"\r\n", 0)) as server:
        error = refused(local(server, max_bytes=1_000_000), f"http://documents.test:{server.port}/")
    assert error.code == "address_too_large"
    assert "1,000,000" in str(error)


def test_a_length_that_is_too_great_is_not_waited_for() -> None:
    with serving(endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", b"", 0.05)) as server:
        began = time.monotonic()
        assert refused(local(server), f"http://documents.test:{server.port}/").code == "address_too_large"
    assert time.monotonic() - began < 2


def test_the_greatest_size() -> None:
    with serving(giving(answer(b"a" * 1_000), answer(b"a" * 1_001))) as server:
        fetcher = local(server, max_bytes=1_000)
        assert len(fetcher.fetch(f"http://documents.test:{server.port}/").data) == 1_000
        assert refused(fetcher, f"http://documents.test:{server.port}/").code == "address_too_large"


def test_a_gzip_bomb() -> None:
    packed = gzip.compress(b"\0" * 200_000_000, 1)
    assert len(packed) < 1_000_000
    with serving(giving(answer(packed, "Content-Encoding: gzip"))) as server:
        began = time.monotonic()
        tracemalloc.start()
        error = refused(local(server, max_bytes=1_000_000), f"http://documents.test:{server.port}/")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert error.code == "address_too_large"
    assert time.monotonic() - began < 2
    assert most < 10_000_000


# TLS


@pytest.fixture(scope="module")
def server_tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_text(KEY_AND_CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=KEY_AND_CERTIFICATE)
    return context


def test_a_certificate_is_checked(server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(KEY_AND_CERTIFICATE)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))  # the environment has no say
    with serving(giving(answer(PAGE)), server_tls) as server:
        error = refused(local(server), f"https://documents.test:{server.port}/")
        assert error.code == "address_unreachable"
        assert "certificate" in str(error)
        other = refused(local(server, tls=trusting()), f"https://other.test:{server.port}/")
        assert (other.code, "certificate" in str(other)) == ("address_unreachable", True)
        assert server.requests == []
        for host in ("documents.test", "documents.test."):
            assert local(server, tls=trusting()).fetch(f"https://{host}:{server.port}/").data == PAGE


def test_a_redirect_from_https_to_http_is_refused(server_tls: ssl.SSLContext) -> None:
    with serving(giving(answer(b"the secret"))) as plain:
        place = f"http://documents.test:{plain.port}/"
        with serving(giving(redirect(place), answer(PAGE)), server_tls) as server:
            fetcher = local(server, tls=trusting(), ports=(server.port, plain.port))
            assert refused(fetcher, f"https://documents.test:{server.port}/").code == "address_redirects"
    assert plain.connections == 0


def test_a_handshake_that_hangs() -> None:
    """The server accepts, reads, and never says anything."""
    silent = socket.create_server(("127.0.0.1", 0))
    with silent:
        port = silent.getsockname()[1]
        fetcher = Fetcher(resolve=lambda _host, _port: ["127.0.0.1"], allow=LOOPBACK.__eq__, ports=(port,), seconds=0.3)
        began = time.monotonic()
        assert refused(fetcher, f"https://documents.test:{port}/").code == "address_timeout"
    assert time.monotonic() - began < 2


def test_a_handshake_that_drips() -> None:
    """A record of the handshake that comes byte by byte."""

    def drip() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"\x16\x03\x03" + struct.pack(">H", 16_000))
            for _ in range(300):
                connection.sendall(b"\x02")
                time.sleep(0.02)

    listening = socket.create_server(("127.0.0.1", 0))
    with listening:
        thread = Thread(target=drip, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        fetcher = Fetcher(resolve=lambda _host, _port: ["127.0.0.1"], allow=LOOPBACK.__eq__, ports=(port,), seconds=0.4)
        began = time.monotonic()
        error = refused(fetcher, f"https://documents.test:{port}/")
        took = time.monotonic() - began
        thread.join(10)
    assert error.code in ("address_timeout", "address_unreachable")
    assert took < 2


# Names


@pytest.mark.parametrize(
    ("disposition", "path", "media_type", "expected"),
    [
        ("", "/programme.pdf", "application/pdf", "programme.pdf"),
        ("", "/programme.pdf", "text/html", "programme.pdf"),
        ("", "/programme", "application/pdf", "programme.pdf"),
        ("", "/page.php", "text/html", "page.php.html"),
        ("", "/", "text/html", "documents.test.html"),
        ("", "/a/b/", "text/html", "documents.test.html"),
        ("", "/a", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx"),
        ("", "/a", "image/png", "a"),
        ("", "/a", "", "a"),
        ("", "/D%C3%A9claration%20finale.pdf", "", "Déclaration finale.pdf"),
        ("", "/..%2F..%2Fetc%2Fpasswd", "text/plain", "passwd.txt"),
        ("", "/%2e%2e", "text/plain", "documents.test.txt"),
        ("", "/a%00b%0d%0a.txt", "text/plain", "a b .txt"),
        ('attachment; filename="rapport.pdf"', "/download", "application/octet-stream", "rapport.pdf"),
        ("attachment; filename=rapport.pdf", "/download", "", "rapport.pdf"),
        ("attachment; filename*=UTF-8''d%C3%A9claration.pdf; filename=x.pdf", "/download", "", "déclaration.pdf"),
        ('attachment; filename="../../../etc/cron.d/x.txt"', "/d", "", "x.txt"),
        ('attachment; filename="..\\..\\windows\\x.txt"', "/d", "", "x.txt"),
        ('attachment; filename="C:\\x.txt"', "/d", "", "x.txt"),
        ('attachment; filename="/etc/passwd"', "/d", "text/plain", "passwd.txt"),
        ('attachment; filename=".."', "/d", "text/plain", "d.txt"),
        ('attachment; filename=".bashrc"', "/d", "text/plain", "bashrc.txt"),
        ('attachment; filename="a\u202etxt.exe"', "/d", "text/plain", "a txt.exe.txt"),
        ('attachment; filename="a<b>|?*.txt"', "/d", "", "a b .txt"),
        ("attachment; filename*=nonsense''%ff%fe.txt", "/d.txt", "", None),
        ("attachment; filename*=utf-8''%ff.txt", "/d", "", None),
        ("attachment", "/d.txt", "", "d.txt"),
        ("\x00;;;=;", "/d.txt", "", "d.txt"),
    ],
)
def test_the_name_of_a_file(disposition: str, path: str, media_type: str, expected: str | None) -> None:
    name = file_name(disposition, path, "documents.test", media_type)
    assert name == expected or (expected is None and name.endswith(".txt"))


def test_a_long_name_keeps_its_suffix() -> None:
    name = file_name(f'attachment; filename="{"é" * 900}.pdf"', "/d", "documents.test", "")
    assert name.endswith("é.pdf")
    assert len(name) <= MOST_CHARACTERS


def test_a_header_that_is_slow_to_parse() -> None:
    began = time.monotonic()
    file_name('attachment; filename="' + ';"' * 500_000, "/d", "documents.test", "")
    assert time.monotonic() - began < 1


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["", "text/html", "x"]))
def test_a_name_is_one_part_of_a_path(disposition: str, path: str, media_type: str) -> None:
    for header in (disposition, f'attachment; filename="{disposition}"', f"attachment; filename*=UTF-8''{disposition}"):
        name = file_name(header, path, "documents.test", media_type)
        assert name == PurePath(name).name
        assert name not in ("", ".", "..")
        assert not name.startswith(".")
        assert "\\" not in name
        assert name.isprintable()
        name.encode()


def test_the_name_comes_from_the_header() -> None:
    header = 'Content-Disposition: attachment; filename="../../secret/Déclaration.pdf"'
    with serving(giving(answer(b"%PDF-1.7", header, "Content-Type: application/pdf"))) as server:
        fetched = local(server).fetch(f"http://documents.test:{server.port}/download?id=1")
    assert fetched.name == "Déclaration.pdf"

"""A TCP proxy that does harm: it delays, cuts, refuses, falls silent, truncates, and can be unplugged.

with Proxy("127.0.0.1", 5432) as proxy:
    proxy.harm = after(1000, Way.TO_CLIENT)  # the answers end in the middle
    proxy.cut()  # every connection, now
"""

import asyncio
import ctypes
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Any, Self

_FILTER = 26  # SO_ATTACH_FILTER (Linux, socket(7)), which Python does not name
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # classic BPF: BPF_RET | BPF_K, 0 bytes of the packet


class Way(Enum):
    TO_SERVER = "to the server"
    TO_CLIENT = "to the client"


class Cut(Exception):
    """Raised by a harm: `first` still goes through, then both ends are reset."""

    def __init__(self, first: bytes = b"") -> None:
        super().__init__()
        self.first = first


class Link:
    """One connection through the proxy."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.writers = (client, server)

    def reset(self) -> None:
        """Close so that both peers see RST: no lingering (SO_LINGER, 0 s)."""
        for writer in self.writers:
            with suppress(OSError):
                _socket(writer).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def unplug(self) -> None:
        """Let the kernel drop every packet of both peers: as if the cable were out, not even an ACK comes back."""
        program = ctypes.create_string_buffer(_DROP_ALL)
        for writer in self.writers:
            filter_ = struct.pack("HL", 1, ctypes.addressof(program))
            _socket(writer).setsockopt(socket.SOL_SOCKET, _FILTER, filter_)


# What becomes of a piece of data: what this returns goes on. It may raise Cut. Called in the proxy's own thread.
Harm = Callable[[Link, Way, bytes], bytes]


def none(_link: Link, _way: Way, data: bytes) -> bytes:
    """All goes through."""
    return data


def silent(*ways: Way) -> Harm:
    """Take everything that goes these ways, and let nothing through: half-open."""
    return lambda _link, way, data: b"" if way in ways else data


def after(number: int, way: Way) -> Harm:
    """Reset each connection once so many bytes have gone this way; the byte itself still arrives."""
    gone: dict[Link, int] = {}

    def harm(link: Link, going: Way, data: bytes) -> bytes:
        if going is not way:
            return data
        left = number - gone.get(link, 0)
        gone[link] = gone.get(link, 0) + len(data)
        if len(data) >= left:
            raise Cut(data[:left])
        return data

    return harm


class Proxy:
    """Listens on `port` of 127.0.0.1 and passes on to a host's port. `delay` in seconds before each piece goes on."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = 0
        self.delay = 0.0
        self.harm: Harm = none
        self.accepted = 0
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)

    # -- what a test does to it ------------------------------------------------------------------------------

    def cut(self) -> int:
        """Reset every connection; how many there were."""
        return self._each(Link.reset)

    def unplug(self) -> int:
        """Every connection there is loses all packets from now on; new ones are as good as before."""
        return self._each(Link.unplug)

    def refuse(self) -> None:
        """Listen no more: whoever connects is refused."""
        self._do(self._close())

    def listen(self) -> None:
        """Take connections again."""
        self._do(self._open())

    def heal(self) -> None:
        self.harm, self.delay = none, 0.0

    # -- inside ----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _live(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        await self._open()
        self._started.set()
        await self._over.wait()
        await self._close()
        for link in self._links:
            link.reset()
        if serving := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(serving)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _each(self, what: Callable[[Link], None]) -> int:
        links: list[Link] = []

        async def all_of_them() -> None:
            links.extend(self._links)
            for link in links:
                what(link)

        self._do(all_of_them())
        return len(links)

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            from_server, to_server = await asyncio.open_connection(*self.target)
        except OSError:
            to_client.transport.abort()
            return
        link = Link(to_client, to_server)
        self._links.add(link)
        ways = (self._pump(link, Way.TO_SERVER, from_client), self._pump(link, Way.TO_CLIENT, from_server))
        await asyncio.gather(*ways)
        self._links.discard(link)
        link.reset()

    async def _pump(self, link: Link, way: Way, source: asyncio.StreamReader) -> None:
        sink = link.writers[way is Way.TO_SERVER]
        try:
            while data := await source.read(1 << 16):
                await asyncio.sleep(self.delay)
                sink.write(self.harm(link, way, data))
                await sink.drain()
            sink.write_eof()  # a decent end goes through as well
        except Cut as cut:
            sink.write(cut.first)
            link.reset()
        except OSError:
            link.reset()


def _socket(writer: asyncio.StreamWriter) -> socket.socket:
    found: socket.socket = writer.get_extra_info("socket")
    return found

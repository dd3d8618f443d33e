"""The far end of the channel benchmark: a process that takes every request of Telegram's and Zalo's and says that it went well.

`python -m bot.far_end` prints the address it listens at. Its answer fits both platforms; the number of a message counts what was taken.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

END_OF_HEAD, LENGTH = b"\r\n\r\n", b"content-length:"


class FarEnd(asyncio.Protocol):
    """One connection. No more of HTTP than the benchmark needs, so that it takes little of the machine that is measured."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._came = transport, b""

    def data_received(self, data: bytes) -> None:
        self._came += data
        while END_OF_HEAD in self._came:
            head, _, rest = self._came.partition(END_OF_HEAD)
            lengths = [int(line[len(LENGTH) :]) for line in head.lower().split(b"\r\n") if line.startswith(LENGTH)]
            if len(rest) < sum(lengths):
                return
            self._came = rest[sum(lengths) :]
            FarEnd.taken += 1
            self._transport.write(answer(FarEnd.taken))


def answer(number: int) -> bytes:
    """What both platforms say about a message that has arrived; also who the bot is."""
    chat = {"id": 1, "type": "private", "first_name": "Người thử"}
    bot = {"id": 1, "is_bot": True, "first_name": "Đồng Hành", "username": "dong_hanh_bot"}
    body = {"ok": True, "result": {"message_id": number, "date": 1_795_000_000, "chat": chat, **bot}}
    body |= {"error": 0, "message": "Success", "data": {"message_id": str(number)}}
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(content), content)


@contextmanager
def far_end() -> Iterator[str]:
    """Runs it in a process of its own; gives its address."""
    with subprocess.Popen([sys.executable, "-m", "bot.far_end"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(FarEnd, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

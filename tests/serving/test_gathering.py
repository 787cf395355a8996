"""What is written in one turn of the loop goes out at once, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import cast

import pytest

from serving.connection import GatheringTransport


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with closing(ours), closing(theirs):
        yield ours, theirs


async def gathering(ours: socket.socket) -> GatheringTransport:
    loop = asyncio.get_running_loop()
    made, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    return GatheringTransport(cast(asyncio.Transport, made), loop)


def test_head_and_body_of_an_answer_leave_together_at_the_end_of_the_turn() -> None:
    async def answered() -> None:
        with connected() as (ours, theirs):
            transport = await gathering(ours)
            for body in (b"body", b"another"):
                transport.write(b"head ")
                transport.write(body)
                with pytest.raises(BlockingIOError):
                    theirs.recv(100)
                await asyncio.sleep(0)
                assert theirs.recv(100) == b"head " + body
            transport.close()
            await asyncio.sleep(0)

    asyncio.run(answered())


def test_what_is_held_is_sent_before_the_connection_ends() -> None:
    async def ended() -> bytes:
        with connected() as (ours, theirs):
            transport = await gathering(ours)
            transport.write(b"last ")
            transport.write(b"words")
            transport.close()
            await asyncio.sleep(0)
            return theirs.recv(100) + theirs.recv(100)

    assert asyncio.run(ended()) == b"last words"

# SPDX-License-Identifier: GPL-2.0-or-later
# What Python programs do with descriptors: asyncio, subprocesses, multiprocessing in each way to start,
# temporary files, rotated logs, locks.  Fails if one of them gives a wrong result.
import asyncio
import fcntl
import logging.handlers
import multiprocessing
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time


def square(n):
    return n * n


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def talk(port, rounds):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(rounds):
        writer.write(b"%d\n" % i)
        assert await reader.readline() == b"%d\n" % i
    writer.close()
    await writer.wait_closed()


async def network():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await asyncio.gather(*(talk(port, 50) for _ in range(40)))
    # Processes are started from within the loop, which has an epoll instance.
    for _ in range(10):
        child = await asyncio.create_subprocess_exec(
            "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        out, _ = await child.communicate(b"text")
        assert out == b"text"
    server.close()


def subprocesses():
    for _ in range(20):
        assert subprocess.run(["echo", "x"], capture_output=True).stdout == b"x\n"
    assert subprocess.run("seq 9 | wc -l", shell=True, capture_output=True).stdout == b"9\n"
    read, write = os.pipe()
    # Told by its number.
    subprocess.run(["sh", "-c", f"echo told >&{write}"], pass_fds=[write], check=True)
    os.close(write)
    assert os.read(read, 100) == b"told\n"
    os.close(read)


def pools():
    for way in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(way).Pool(2) as pool:
            assert pool.map(square, range(50)) == [n * n for n in range(50)]
    # fork() while a selector is in use, which the child never touches.
    selector = selectors.DefaultSelector()
    a, b = socket.socketpair()
    a.setblocking(False)
    selector.register(a, selectors.EVENT_READ)
    child = os.fork()
    if child == 0:
        time.sleep(0.2)
        os._exit(0)
    b.send(b"x")
    assert selector.select(5)
    selector.unregister(a)
    os.waitpid(child, 0)


def files():
    with tempfile.TemporaryFile() as f:
        f.write(b"x" * 1000000)
        f.flush()
        time.sleep(0.3)
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"x" * 1000000)
    with tempfile.SpooledTemporaryFile(max_size=1000) as f:
        f.write(b"x" * 5000)
    handler = logging.handlers.RotatingFileHandler("log", maxBytes=2000, backupCount=2)
    logger = logging.getLogger("load")
    logger.addHandler(handler)
    for i in range(500):
        logger.error("line %d", i)
    handler.close()
    with open("data", "w") as f:
        f.write("something")
    # Opened as it is, locked, and only then emptied.
    with open("data", "r+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.truncate(0)
        f.write("something else")


def threads():
    workers = [threading.Thread(target=subprocesses) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    asyncio.run(network())
    subprocesses()
    pools()
    files()
    threads()
    sys.exit(0)

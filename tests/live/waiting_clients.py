"""Thousands of requests at once, all of them waiting for their answers. No test lives here."""

import asyncio
import resource
import time


def allow_files(number: int) -> None:
    """Let this process have so many files open, where the system does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number if hard < 0 else min(number, hard), hard))


def ask_at_once(port: int, path: str, number: int, *, limit_s: float) -> tuple[list[bytes], float]:
    """Send a request on each of so many connections, and give the answers and the seconds until the last.

    Shapes: an answer is all that came until the server closed.
    """
    allow_files(number + 256)
    return asyncio.run(_ask_all(port, path, number, limit_s))


async def _ask_all(port: int, path: str, number: int, limit_s: float) -> tuple[list[bytes], float]:
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]
    begun_s = time.perf_counter()
    async with asyncio.timeout(limit_s):
        answers = await asyncio.gather(*(_ask(*connection, path) for connection in connections))
    return answers, time.perf_counter() - begun_s


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bytes:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    try:
        return await reader.read()
    finally:
        writer.close()

"""What blocks is done beside the API's loop, on a thread that nobody waits for at the end."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """What work() returns or raises. A daemon thread: those of the loop's own pool would be joined when it closes."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(say: Callable[[], None]) -> None:
        if not future.done():  # else nobody waits any more
            say()

    def run() -> None:
        try:
            say = partial(future.set_result, work())
        except Exception as error:  # noqa: BLE001  # outermost line of a thread; who waits gets it
            say = partial(future.set_exception, error)
        with suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(tell, say)

    threading.Thread(target=run, name="api-beside", daemon=True).start()
    return await future

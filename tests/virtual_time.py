"""An event loop whose time is the fake clock's: where nothing is to be done, the clock moves on to what is due next."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

from conftest import FakeClock


class _Selector(selectors.DefaultSelector):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        assert found or timeout is not None, "everybody waits for something that never comes"
        if not found and timeout:
            self._clock.advance(timeout)
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: FakeClock) -> None:
        super().__init__(_Selector(clock))
        self._clock_of_test = clock

    def time(self) -> float:
        return self._clock_of_test.boot_s


def run(clock: FakeClock, main: Coroutine[Any, Any, None]) -> None:
    """Run it to its end, as fast as it goes."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(clock)) as runner:
        runner.run(main)

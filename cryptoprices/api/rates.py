"""What a dollar cost before, for figures in another currency: asked for once, and kept for a while."""

import asyncio
from collections.abc import Sequence
from functools import partial

from cryptoprices.api.ports import AskRates
from cryptoprices.api.worker import in_thread
from cryptoprices.clock import Clock
from cryptoprices.core.currency import Rates
from cryptoprices.core.errors import SourceError

_KEPT_S, _AGAIN_S = 3600.0, 60.0  # after a failure


class PastRates:
    """For the API's event loop."""

    def __init__(self, ask: AskRates, clock: Clock) -> None:
        self._ask, self._clock = ask, clock
        self._known: dict[str, tuple[float, Sequence[Rates] | SourceError]] = {}  # and until when, boot time
        self._asking = asyncio.Lock()

    async def of(self, code: str) -> Sequence[Rates] | SourceError:
        """All of this currency since there are prices, oldest first, or why there are none."""
        async with self._asking:  # who waits for the same has it then
            until_s, found = self._known.get(code, (0.0, ()))
            if self._clock.boot_s() >= until_s:
                found = await in_thread(partial(self._ask, code))
                kept_s = _AGAIN_S if isinstance(found, SourceError) else _KEPT_S
                self._known[code] = self._clock.boot_s() + kept_s, found
        return found

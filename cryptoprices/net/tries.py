"""When a stream that failed is tried again. Pure."""

from collections.abc import Callable
from math import inf

from cryptoprices.core.errors import Reason, SourceError
from cryptoprices.net.patience import Patience

_HOPELESS = (Reason.BLOCKED, Reason.MOVED, Reason.INTERNAL)


class Tries:
    """1, 2, 4 … 60 s after a failure, ±10 %, from the start again once it flowed for a minute. dice: 0..1."""

    def __init__(self, patience: Patience, dice: Callable[[], float]) -> None:
        self.failures = 0
        self._patience, self._dice = patience, dice
        self._begun_boot_s = self._due_boot_s = self._paused_until_boot_s = -inf

    @property
    def due_boot_s(self) -> float:
        """When the next try may begin, inf where somebody has to say so."""
        return max(self._due_boot_s, self._paused_until_boot_s)

    def is_fresh(self, now_boot_s: float) -> bool:
        """Whether the last one has only just begun."""
        return now_boot_s - self._begun_boot_s < self._patience.apart_s

    def begin(self, now_boot_s: float) -> None:
        """A connection is being made."""
        self._begun_boot_s = now_boot_s

    def fail(self, error: SourceError, now_boot_s: float) -> None:
        """It came to nothing, or to an end."""
        patience = self._patience
        wait_s = min(patience.longest_s, patience.first_s * 2.0 ** min(self.failures, 16)) * (0.9 + 0.2 * self._dice())
        self.failures += 1
        if error.reason in _HOPELESS:
            wait_s = max(wait_s, patience.blocked_s)
        elif error.reason is Reason.UNKNOWN_PAIR:
            wait_s = patience.refused_s
        if error.retry_after_s is not None:
            self._paused_until_boot_s = now_boot_s + error.retry_after_s
        self._due_boot_s = inf if error.until_told else now_boot_s + wait_s

    def forget(self) -> None:
        """Try at once, whatever failed, if not just done; what the exchange asked for (Retry-After) holds."""
        self._due_boot_s = self._begun_boot_s + self._patience.apart_s

    def recover(self) -> None:
        """It has been well for long."""
        self.failures = 0

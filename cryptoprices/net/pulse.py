"""Whether the streams' thread runs: what lies in its sockets after it stood still, or the machine slept, may be old."""

from cryptoprices.clock import Clock

BEAT_S = 1.0
LATE_S = 5.0  # a beat that is missed by so much


class Pulse:
    """Beaten once a second in the streams' thread.

    late_boot_s: when the next beat is late. stood_boot_s: when the thread was last found to have stood still.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.late_boot_s = self.stood_boot_s = self._told_boot_s = 0.0

    def begin(self) -> None:
        """Now."""
        self.late_boot_s = self._clock.boot_s() + BEAT_S + LATE_S

    def beat(self) -> bool:
        """Whether the thread has stood still since the last beat."""
        now = self._clock.boot_s()
        if now > self.late_boot_s:
            self.find_late(now)
        self.late_boot_s = now + BEAT_S + LATE_S
        news, self._told_boot_s = self.stood_boot_s > self._told_boot_s, self.stood_boot_s
        return news

    def find_late(self, now_boot_s: float) -> None:
        """late_boot_s is over."""
        self.stood_boot_s, self.late_boot_s = now_boot_s, now_boot_s + BEAT_S + LATE_S

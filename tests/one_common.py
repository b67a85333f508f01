"""What replicas have in common, in this process: behaves as the one by a Redis does, and can be away or lose all."""

import threading

from cryptoprices.core.managed import Away


class OneCommon:
    """away: cannot be reached. settled: nobody may still come who knows more."""

    def __init__(self) -> None:
        self.away, self.settled, self._newest = False, True, 0
        self._lock = threading.Lock()
        self._there: tuple[int, int, bytes] | None = None
        self.tickets: dict[str, str] = {}

    def lose(self) -> None:
        """Begin again with nothing."""
        self._there = None

    def see(self, number: int, version: int) -> tuple[int, bytes] | None:
        self._check()
        if self._there is None:
            return 0, b""
        there, its_number, body = self._there
        if there == version:
            return None
        return (there, body) if its_number >= number else (0, b"")

    def put(self, content: tuple[int, bytes], number: int, version: int) -> int:
        self._check()
        with self._lock:
            if self._there and self._there[0] != version and self._there[1] >= number:
                return 0
            self._newest += 1
            self._there = (self._newest, *content)
            return self._newest

    def check_settled(self) -> None:
        self._check()
        if not self.settled:
            raise Away("not yet")

    def give_ticket(self, ticket: str, token_id: str, valid_s: int) -> None:
        self._check()
        assert valid_s
        self.tickets[ticket] = token_id

    def take_ticket(self, ticket: str) -> str | None:
        self._check()
        return self.tickets.pop(ticket, None)

    def _check(self) -> None:
        if self.away:
            raise Away("It cannot be reached: nothing was changed.")

"""How often somebody may ask, or be wrong: token buckets."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable

_MOST = 10_000  # that are kept in mind; who has been silent for longest is forgotten first


class Buckets:
    """One bucket for each key. size: what one holds at most. fill_s: the time in which an empty one becomes full."""

    def __init__(self, size: int, fill_s: float, boot_s: Callable[[], float]) -> None:
        self.size, self.fill_s = size, fill_s
        self._per_s = size / fill_s
        self._boot_s = boot_s
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # level, and when it was that

    def left(self, key: str) -> float:
        """What this key's holds now."""
        level, at_s = self._levels.get(key, (float(self.size), 0.0))
        return min(float(self.size), level + (self._boot_s() - at_s) * self._per_s)

    def take(self, key: str) -> bool:
        """Take one out of it. False, and nothing taken, where there is none."""
        left = self.left(key)
        if left < 1:
            return False
        self._levels[key] = (left - 1, self._boot_s())
        self._levels.move_to_end(key)
        if len(self._levels) > _MOST:
            self._levels.popitem(last=False)
        return True

    def wait_s(self, key: str) -> int:
        """After how many whole seconds there is one again; 0 where there is one."""
        return max(0, -int((self.left(key) - 1) / self._per_s // 1))

    def full_s(self, key: str) -> int:
        """After how many whole seconds it is full."""
        return max(0, -int((self.left(key) - self.size) / self._per_s // 1))


def asker(client: tuple[str, int] | None) -> str:
    """What tells one asker from another by the address: of IPv6 the network, for each has very many addresses of it."""
    address = client[0] if client else ""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address

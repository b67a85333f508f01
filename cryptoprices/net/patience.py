"""How long streams wait for what."""

from typing import NamedTuple


class Patience(NamedTuple):
    """Seconds. ask_s, dead_s: of silence until it is asked, until it is given up. ack_s: for the subscription.

    steady_s: after which a stream counts as well again. first_s, longest_s: between two tries, doubling. blocked_s:
    where asking soon again cannot help. refused_s: where it has none of the pairs. apart_s: of two tries where
    no failure lies between, at least.
    """

    ask_s: float = 15.0
    dead_s: float = 25.0
    ack_s: float = 10.0
    steady_s: float = 60.0
    first_s: float = 1.0
    longest_s: float = 60.0
    blocked_s: float = 300.0
    refused_s: float = 3600.0
    apart_s: float = 2.0

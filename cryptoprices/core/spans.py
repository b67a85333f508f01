"""Stretches of time [from, to) in Unix ms, known or missing. Results are oldest first, without overlaps."""

from collections.abc import Iterable

from cryptoprices.core.intervals import ceil_ms, floor_ms

Span = tuple[int, int]
Stretch = tuple[int, int, str]
"""A span, and the exchange whose candles are told of it."""


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is in `spans` and not in `taken`."""
    left = sorted(span for span in spans if span[0] < span[1])
    for since, until in taken:
        rest: list[Span] = []
        for start, stop in left:
            if until <= start or stop <= since:
                rest.append((start, stop))
                continue
            rest += [part for part in ((start, since), (until, stop)) if part[0] < part[1]]
        left = rest
    return left


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as it takes."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def common(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What is in both."""
    spans = list(spans)
    return without(spans, without(spans, others))


def whole(spans: Iterable[Span], interval: str) -> list[Span]:
    """What of them are whole candles of this width."""
    inner = [(ceil_ms(since, interval), floor_ms(until, interval)) for since, until in spans]
    return [(since, until) for since, until in inner if since < until]

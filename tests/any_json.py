"""Any JSON value, and a good one with any value in any of its places: what payloads may turn out to be."""

from collections.abc import Iterator

from hypothesis import strategies as st

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["NaN", "1e999", "0", "-5", "97412.5", "BTC/USD", "tBTCUSD", "BTCUSDT", "bitcoin", "0" * 400])
)  # fmt: skip
KEYS = [
    "error",
    "result",
    "XXBTZUSD",
    "c",
    "price",
    "pair",
    "last",
    "symbol",
    "data",
    "code",
    "usd",
    "event",
    "channel",
]
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The paths of all elements of a JSON value."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


def replaced(value, path, item):
    """A copy of a JSON value with another element at the path."""
    if not path:
        return item
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], item)
    return copy

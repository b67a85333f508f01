"""The stream's messages, once as values of JSON, and from these as text or as protobuf.

JSON: the mapping of https://protobuf.dev/programming-guides/json/ (64-bit numbers as strings, enumerations by name,
what is empty is left out). Field numbers: those of the official Python SDK, cryptowatch-sdk 0.1.0. The few messages
need of https://protobuf.dev/programming-guides/encoding/ only varints and lengths; the library would be a megabyte for
that, of a version that clients in the same environment, which need an old one, would dispute.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

Value = dict[str, Any]

_TEXT, _NUMBER = "text", "number"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MOST_BITS = 64
_STATUS = {"AUTHENTICATED": 1, "INVALID_PUBLIC_KEY": 7}
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Sent": {
        "authenticationResult": (1, "AuthenticationResult"),
        "marketUpdate": (2, "MarketUpdate"),
        "subscriptionResult": (5, "SubscriptionResult"),
        "unsubscriptionResult": (6, "SubscriptionResult"),
    },
    "AuthenticationResult": {"status": (1, "status")},
    "SubscriptionResult": {"failed": (2, "Failed"), "status": (3, "Subscribed"), "subscriptions": (4, "Subscription")},
    "Failed": {"error": (2, _TEXT), "subscription": (3, "Subscription")},
    "Subscribed": {"subscriptions": (2, "Subscription")},
    "MarketUpdate": {
        "market": (9, "Market"),
        "intervalsUpdate": (5, "Intervals"),
        "summaryUpdate": (6, "Summary"),
        "orderBookSpreadUpdate": (11, "Spread"),
    },
    "Market": {"exchangeId": (3, _NUMBER), "currencyPairId": (4, _NUMBER), "marketId": (5, _NUMBER)},
    "Spread": {"timestamp": (1, _NUMBER), "bid": (2, "Order"), "ask": (3, "Order")},
    "Order": {"priceStr": (3, _TEXT), "amountStr": (4, _TEXT)},
    "Intervals": {"intervals": (1, "Interval")},
    "Interval": {
        "closetime": (1, _NUMBER),
        "ohlc": (2, "Ohlc"),
        "period": (4, _NUMBER),
        "periodName": (9, _TEXT),
    },
    "Ohlc": {"openStr": (5, _TEXT), "highStr": (6, _TEXT), "lowStr": (7, _TEXT), "closeStr": (8, _TEXT)},
    "Summary": {
        "lastStr": (10, _TEXT),
        "highStr": (11, _TEXT),
        "lowStr": (12, _TEXT),
        "volumeBaseStr": (13, _TEXT),
        "volumeQuoteStr": (14, _TEXT),
        "changeAbsoluteStr": (15, _TEXT),
        "changePercentStr": (16, _TEXT),
    },
    "Heard": {"subscribe": (2, "Wish"), "unsubscribe": (3, "Wish"), "apiAuthentication": (5, "Authentication")},
    "Wish": {"subscriptionKeys": (1, _TEXT), "subscriptions": (2, "Subscription")},
    "Authentication": {"apiKey": (3, _TEXT), "subscriptions": (6, _TEXT), "clientSubscriptions": (7, "Subscription")},
    "Subscription": {"streamSubscription": (1, "StreamSubscription")},
    "StreamSubscription": {"resource": (1, _TEXT)},
}
_REPEATED = {
    "SubscriptionResult": ("failed", "subscriptions"),
    "Subscribed": ("subscriptions",),
    "Intervals": ("intervals",),
    "Wish": ("subscriptionKeys", "subscriptions"),
    "Authentication": ("subscriptions", "clientSubscriptions"),
}


class Told:
    """One message to any number of readers, encoded once in each form that one of them wants."""

    def __init__(self, value: Value) -> None:
        self.value = value

    @cached_property
    def text(self) -> str:
        """As JSON."""
        return msgspec.json.encode(self.value).decode()

    @cached_property
    def binary(self) -> bytes:
        """As a StreamMessage."""
        return encode("Sent", self.value)


class StreamSubscription(msgspec.Struct, frozen=True):
    """{"resource": "markets:87:ohlc"}"""

    resource: str = ""


class Subscription(msgspec.Struct, rename="camel"):
    """{"streamSubscription": {…}}; those to a person's own trades have another member, and name nothing here."""

    stream_subscription: StreamSubscription = StreamSubscription()


class Wish(msgspec.Struct, rename="camel"):
    """{"subscriptions": […]}, in older clients {"subscriptionKeys": ["markets:87:ohlc"]}"""

    subscriptions: list[Subscription] = []
    subscription_keys: list[str] = []

    @property
    def resources(self) -> list[str]:
        """What is wished for."""
        return [*(each.stream_subscription.resource for each in self.subscriptions), *self.subscription_keys]


class Authentication(msgspec.Struct, rename="camel"):
    """{"apiKey": "…", "token": "…", "nonce": "…", "subscriptions": […], "clientSubscriptions": […]} of older clients"""

    api_key: str = ""
    subscriptions: list[str] = []
    client_subscriptions: list[Subscription] = []

    @property
    def wish(self) -> Wish:
        """What is wished for with it."""
        return Wish(self.client_subscriptions, self.subscriptions)


class Heard(msgspec.Struct, rename="camel"):
    """What a client says: one of these, or something else."""

    subscribe: Wish | None = None
    unsubscribe: Wish | None = None
    api_authentication: Authentication | None = None


def heard(data: bytes, binary: bool) -> Heard:
    """What a frame says. Raises ValueError for what is no message."""
    try:
        return msgspec.convert(decode("Heard", data), Heard) if binary else msgspec.json.decode(data, type=Heard)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from None


def encode(kind: str, value: Value) -> bytes:
    """A message as protobuf."""
    fields = _MESSAGES[kind]
    return b"".join(
        _field(*fields[name], each)
        for name, said in value.items()
        for each in (said if name in _REPEATED.get(kind, ()) else [said])
    )


def decode(kind: str, data: bytes) -> Value:
    """A message from protobuf; what it has of fields that are not known here is left out. Raises ValueError."""
    names = {number: (name, what) for name, (number, what) in _MESSAGES[kind].items()}
    found: Value = {}
    for number, said in _fields(data):
        name, what = names.get(number, ("", ""))
        if not name or not isinstance(said, bytes):
            continue
        value = said.decode() if what == _TEXT else decode(what, said)
        if name in _REPEATED.get(kind, ()):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _field(number: int, what: str, value: Any) -> bytes:
    if what in (_NUMBER, "status"):
        return _varint(number << 3 | _VARINT) + _varint(int(_STATUS.get(value, value)))
    data = value.encode() if what == _TEXT else encode(what, value)
    return _varint(number << 3 | _LENGTH) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """value: at least zero."""
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Numbers and values of the fields, as they come."""
    place = 0
    while place < len(data):
        tag, place = _number_at(data, place)
        kind = tag & 7
        if kind == _VARINT:
            value, place = _number_at(data, place)
            yield tag >> 3, value
            continue
        if kind == _LENGTH:
            length, place = _number_at(data, place)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if len(data) - place < length:
            raise ValueError("it ends within a field")
        yield tag >> 3, data[place : place + length]
        place += length


def _number_at(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < _MOST_BITS:
        part = data[place]
        value |= (part & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if part < 0x80:
            return value, place
    raise ValueError("it ends within a number")

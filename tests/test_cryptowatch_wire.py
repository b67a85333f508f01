"""The stream's messages in protobuf, against Google's library by descriptors made here from the published numbers."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.api.cryptowatch.wire import Told, decode, heard

pool = pytest.importorskip("google.protobuf.descriptor_pool", reason="protobuf is not installed: extra test")
from google.protobuf import descriptor_pb2, json_format, message_factory  # noqa: E402  # it may not be there

# name, number, type as protobuf names it, or a message; a star: repeated. From cryptowatch-sdk 0.1.0.
MESSAGES = {
    "StreamMessage": "authenticationResult 1 AuthenticationResult, marketUpdate 2 MarketUpdateMessage, "
    "subscriptionResult 5 SubscriptionResult, unsubscriptionResult 6 UnsubscriptionResult",
    "AuthenticationResult": "status 1 Status",
    "SubscriptionResult": "subscribed 1* string, failed 2* SubscribeError, status 3 SubscriptionStatus, "
    "subscriptions 4* ClientSubscription",
    "UnsubscriptionResult": "unsubscribed 1* string, failed 2* SubscribeError, status 3 SubscriptionStatus, "
    "subscriptions 4* ClientSubscription",
    "SubscribeError": "key 1 string, error 2 string, subscription 3 ClientSubscription",
    "SubscriptionStatus": "keys 1* string, subscriptions 2* ClientSubscription",
    "MarketUpdateMessage": "market 9 Market, intervalsUpdate 5 IntervalsUpdate, summaryUpdate 6 SummaryUpdate, "
    "orderBookSpreadUpdate 11 OrderBookSpreadUpdate",
    "Market": "exchangeId 3 uint64, currencyPairId 4 uint64, marketId 5 uint64",
    "OrderBookSpreadUpdate": "timestamp 1 int64, bid 2 Order, ask 3 Order",
    "Order": "priceStr 3 string, amountStr 4 string",
    "IntervalsUpdate": "intervals 1* Interval",
    "Interval": "closetime 1 int64, ohlc 2 OHLC, volumeBaseStr 6 string, volumeQuoteStr 7 string, "
    "periodName 9 string, period 4 int32",
    "OHLC": "openStr 5 string, highStr 6 string, lowStr 7 string, closeStr 8 string",
    "SummaryUpdate": "lastStr 10 string, highStr 11 string, lowStr 12 string, volumeBaseStr 13 string, "
    "volumeQuoteStr 14 string, changeAbsoluteStr 15 string, changePercentStr 16 string, numTrades 8 int32",
    "ClientMessage": "subscribe 2 Subscribe, unsubscribe 3 Subscribe, apiAuthentication 5 APIAuthenticationMessage",
    "Subscribe": "subscriptionKeys 1* string, subscriptions 2* ClientSubscription",
    "APIAuthenticationMessage": "token 1 string, nonce 2 string, apiKey 3 string, version 5 string, "
    "subscriptions 6* string, clientSubscriptions 7* ClientSubscription",
    "ClientSubscription": "streamSubscription 1 StreamSubscription",
    "StreamSubscription": "resource 1 string",
}
MARKET = {"exchangeId": "4", "currencyPairId": "9", "marketId": "1989422835"}
SAID = [
    {"authenticationResult": {"status": "AUTHENTICATED"}},
    {"authenticationResult": {"status": "INVALID_PUBLIC_KEY"}},
    {
        "subscriptionResult": {
            "subscriptions": [{"streamSubscription": {"resource": "markets:87:ohlc"}}] * 2,
            "status": {"subscriptions": [{"streamSubscription": {"resource": "markets:*:summary"}}]},
            "failed": [{"error": "nö", "subscription": {"streamSubscription": {"resource": "x" * 300}}}],
        }
    },
    {
        "marketUpdate": {
            "market": MARKET,
            "orderBookSpreadUpdate": {"timestamp": "1795341382", "bid": {"priceStr": "1.10"}, "ask": {"priceStr": "2"}},
        }
    },
    {"marketUpdate": {"market": MARKET, "summaryUpdate": {"lastStr": "67890.1", "changePercentStr": "-0.0017"}}},
    {
        "marketUpdate": {
            "market": MARKET,
            "intervalsUpdate": {
                "intervals": [
                    {
                        "closetime": "1795341600",
                        "ohlc": {"openStr": "1", "highStr": "4", "lowStr": "0.5", "closeStr": "3"},
                        "periodName": "604800_Monday",
                        "period": 604800,
                    }
                ]
            },
        }
    },
]


_SIGNS = 'markets:*87 "\\/\0\n\x7f\u00e9\u6f22\U0001f0a1'  # some that JSON escapes, some of two, three and four bytes


def classes():
    """A class of each message."""
    file = descriptor_pb2.FileDescriptorProto(name="stream.proto", package="cw", syntax="proto3")
    names = {"AUTHENTICATED": 1, "INVALID_PUBLIC_KEY": 7}
    status = file.enum_type.add(name="Status")
    for name, number in {"UNKNOWN": 0, **names}.items():
        status.value.add(name=name, number=number)
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for words in fields.split(", "):
            field, number, kind = words.split()
            made = message.field.add(name=field, json_name=field, number=int(number.rstrip("*")))
            made.label = kinds.LABEL_REPEATED if number.endswith("*") else kinds.LABEL_OPTIONAL
            if kind in ("string", "uint64", "int64", "int32"):
                made.type = getattr(kinds, f"TYPE_{kind.upper()}")
            else:
                made.type = kinds.TYPE_ENUM if kind == "Status" else kinds.TYPE_MESSAGE
                made.type_name = f".cw.{kind}"
    known = pool.DescriptorPool()
    known.Add(file)
    return {name: message_factory.GetMessageClass(known.FindMessageTypeByName(f"cw.{name}")) for name in MESSAGES}


@pytest.fixture(scope="module")
def protobuf():
    return classes()


@pytest.mark.parametrize("value", SAID, ids=lambda value: next(iter(value)))
def test_both_forms_say_what_the_library_says(protobuf, value):
    message = json_format.ParseDict(value, protobuf["StreamMessage"]())
    told = Told(value)
    assert protobuf["StreamMessage"].FromString(told.binary) == message
    assert json.loads(told.text) == json_format.MessageToDict(message) == value


@given(
    resources=st.lists(st.text(_SIGNS, max_size=150), max_size=8),
    keys=st.lists(st.text(_SIGNS, max_size=30), max_size=5),
    kind=st.sampled_from(["subscribe", "unsubscribe", "apiAuthentication"]),
)
def test_what_clients_say_is_understood_in_both_forms(resources, keys, kind):
    named = [{"streamSubscription": {"resource": each}} for each in resources]
    value = {kind: {"subscriptions": named, "subscriptionKeys": keys}}
    if kind == "apiAuthentication":
        value = {kind: {"apiKey": "k", "nonce": "1", "clientSubscriptions": named, "subscriptions": keys}}
    message = json_format.ParseDict(value, CLIENT())
    for understood in (heard(message.SerializeToString(), True), heard(json.dumps(value).encode(), False)):
        said = getattr(understood, "api_authentication" if kind == "apiAuthentication" else kind)
        assert (said.wish if kind == "apiAuthentication" else said).resources == [*resources, *keys]


CLIENT = classes()["ClientMessage"]


def test_fields_that_are_not_known_are_passed_over(protobuf):
    known = protobuf["ClientMessage"](subscribe={"subscriptions": [{"streamSubscription": {"resource": "a"}}]})
    strange = b"\x78\x96\x01" + b"\x79" + b"x" * 8 + b"\x7d" + b"x" * 4 + b"\x7a\x02hi"
    assert heard(strange + known.SerializeToString(), True).subscribe.resources == ["a"]


@given(data=st.binary(max_size=200), binary=st.booleans())
def test_any_bytes_are_a_message_or_a_value_error(data, binary):
    with suppress(ValueError):
        heard(data, binary)


@pytest.mark.parametrize("data", [b"\x12\x05ab", b"\x12\xff\xff", b"\x13", b"\x12\x03\x12\x01", b"\x80" * 12])
def test_what_ends_too_early_is_none(data):
    with pytest.raises(ValueError, match=r"ends within|kind"):
        decode("Heard", data)


def test_deep_nonsense_is_none():
    with pytest.raises(ValueError, match=r"."):
        heard(b'{"x":' * 50_000, False)

"""What the stream for Cryptowatch's clients tells: what is subscribed to, what is new, candles that run."""

import json
from functools import partial

import pytest
from cryptowatch_streams import WELCOME, run_served, said, update, wish


@pytest.fixture
def serve(fake_clock):
    return partial(run_served, fake_clock)


def test_a_reader_is_welcomed_and_told_what_is_known_and_then_what_is_new(serve):
    async def test(served):
        async with served.connect() as socket_:
            assert await said(socket_) == WELCOME
            await socket_.send(wish("subscribe", "markets:87:book:spread", "markets:65:summary"))
            subscriptions = [
                {"streamSubscription": {"resource": each}} for each in ("markets:87:book:spread", "markets:65:summary")
            ]
            assert await said(socket_) == {
                "subscriptionResult": {"subscriptions": subscriptions, "status": {"subscriptions": subscriptions}}
            }
            first, second = sorted([await said(socket_), await said(socket_)], key=str)
            market = {"exchangeId": "2", "currencyPairId": "9", "marketId": "65"}
            summary = {
                "lastStr": "24070.55",
                "highStr": "24170.55",
                "lowStr": "23970.55",
                "volumeBaseStr": "1000.5",
                "volumeQuoteStr": "24082585.27500000",
                "changeAbsoluteStr": "60.03",
                "changePercentStr": "0.0025",
            }
            assert first == {"marketUpdate": {"market": market, "summaryUpdate": summary}}
            spread = {"timestamp": "1763820000", "bid": {"priceStr": "24063.3"}, "ask": {"priceStr": "24063.40"}}
            assert second["marketUpdate"]["orderBookSpreadUpdate"] == spread
            await served.poll(kraken="24063.40")
            _, spread = await update(socket_, "orderBookSpreadUpdate")
            assert spread["timestamp"] == "1763820020"

    serve(test)


@pytest.mark.parametrize(
    ("resource", "markets"),
    [
        ("markets:87:summary", {"87"}),
        ("exchanges:2:summary", {"65", "68"}),
        ("pairs:9:summary", {"87", "65", "74"}),
        ("instruments:9:summary", {"87", "65", "74"}),
        ("assets:77:summary", {"68"}),
        ("assets:2:summary", {"579"}),
        ("markets:*:summary", {"87", "65", "68", "74", "579"}),
        ("ASSETS:*:Summary", {"87", "65", "68", "74", "579"}),
    ],
)
def test_a_subscription_is_to_one_or_to_all_that_have_to_do_with_it(serve, resource, markets):
    async def test(served):
        async with served.reader(resource) as socket_:
            assert {(await update(socket_, "summaryUpdate"))[0] for _ in markets} == markets

    serve(test)


@pytest.mark.parametrize(
    ("resource", "error"),
    [
        ("markets:87:trades", "single trades are not known here"),
        ("markets:87:book:deltas", "only book:spread is known"),
        ("markets:87:everything", "the last word is one of"),
        ("markets:4711:ohlc", "no market of this number"),
        ("coins:87:ohlc", "the first word is one of"),
        ("markets:btc:ohlc", "write it like"),
        ("", "write it like"),
    ],
)
def test_what_cannot_be_subscribed_to_is_said_with_the_reason(serve, resource, error):
    async def test(served):
        async with served.reader() as socket_:
            await socket_.send(wish("subscribe", resource, "markets:87:summary"))
            result = (await said(socket_))["subscriptionResult"]
            (failed,) = result["failed"]
            assert error in failed["error"]
            assert failed["subscription"] == {"streamSubscription": {"resource": resource}}
            assert result["status"]["subscriptions"] == [{"streamSubscription": {"resource": "markets:87:summary"}}]

    serve(test)


def test_who_wants_trades_of_its_own_is_told_that_there_are_none(serve):
    async def test(served):
        async with served.reader() as socket_:
            await socket_.send(
                json.dumps({"subscribe": {"subscriptions": [{"tradeSubscription": {"marketId": "87"}}]}})
            )
            (failed,) = (await said(socket_))["subscriptionResult"]["failed"]
            assert "write it like markets:87:ohlc" in failed["error"]

    serve(test)


def test_running_candles_begin_as_they_are_known_and_move_with_every_price(serve):
    async def test(served):
        served.rig.clock.advance(7 * 60 + 13)
        served.rig.live.poll(kraken="24063.40")
        async with served.reader("markets:87:ohlc") as socket_:
            _, told = await update(socket_, "intervalsUpdate")
            periods = {each["periodName"]: each for each in told["intervals"]}
            assert len(periods) == 13  # of the running minute alone nothing is known yet
            hour = periods["3600"]
            assert (hour["period"], hour["closetime"]) == (3600, str(1_763_820_000 + 3600))
            assert hour["ohlc"]["closeStr"] == "24063.4"
            opened = hour["ohlc"]["openStr"]
            await served.poll(kraken="25000.5")
            await served.poll(kraken="24900")
            while True:
                _, told = await update(socket_, "intervalsUpdate")
                hour = next(each["ohlc"] for each in told["intervals"] if each["periodName"] == "3600")
                if hour["closeStr"] == "24900":
                    break
            assert (hour["openStr"], hour["highStr"]) == (opened, "25000.5")

    serve(test)


def test_who_comes_later_is_told_what_is_known_and_others_not_again(serve):
    async def test(served):
        async with served.reader("markets:87:summary") as first:
            await update(first, "summaryUpdate")
            async with served.reader("markets:87:book:spread", "markets:87:summary") as later:
                await update(later, "orderBookSpreadUpdate")
                await update(later, "summaryUpdate")
            await first.send(wish("unsubscribe", "markets:87:summary"))
            assert "unsubscriptionResult" in await said(first)

    serve(test)


def test_a_price_that_has_grown_old_is_told_to_nobody_who_comes_later(serve):
    async def test(served):
        async with served.reader("markets:87:summary") as first:
            await update(first, "summaryUpdate")
            served.rig.clock.advance(121)
            async with served.reader("markets:87:summary") as later:
                await later.send(wish("unsubscribe", "markets:1:summary"))
                assert "unsubscriptionResult" in await said(later)

    serve(test)


async def hour_of(socket_):
    """Open, high, low and close of the running hour, as they are told next."""
    _, told = await update(socket_, "intervalsUpdate")
    hour = next(each["ohlc"] for each in told["intervals"] if each["periodName"] == "3600")
    return [hour[name] for name in ("openStr", "highStr", "lowStr", "closeStr")]


def test_candles_are_told_once_a_second_and_miss_no_price_in_between(serve):
    async def test(served):
        served.rig.clock.advance(7 * 60 + 13)
        served.rig.live.poll(kraken="24063.40")
        async with served.reader("markets:87:ohlc") as socket_:
            opened, _, low, _ = await hour_of(socket_)
            await served.poll(kraken="24100")
            assert await hour_of(socket_) == [opened, "24100", low, "24100"]
            await served.poll(0.3, kraken="25000")
            await served.poll(0.3, kraken="24200")
            served.rig.clock.advance(0.5)
            served.hub.look()  # the price is the same, and has not been told yet
            assert await hour_of(socket_) == [opened, "25000", low, "24200"]

    serve(test)


def test_when_a_candle_ends_the_next_begins(serve):
    async def test(served):
        async with served.reader("markets:87:ohlc") as socket_:
            _, told = await update(socket_, "intervalsUpdate")
            for _ in range(16):
                await served.poll(kraken="24063.40")
            while True:
                _, told = await update(socket_, "intervalsUpdate")
                periods = {each["periodName"]: each for each in told["intervals"]}
                five = periods["300"]
                if five["closetime"] == str(1_763_820_000 + 600):
                    break
            assert periods["60"]["closetime"] == str(1_763_820_000 + 360)
            assert five["ohlc"]["openStr"] == five["ohlc"]["lowStr"] == "24063.4"

    serve(test)


def test_nothing_is_told_twice(serve):
    async def test(served):
        async with served.reader("markets:87:summary", "markets:*:summary") as socket_:
            for _ in range(5):
                await update(socket_, "summaryUpdate")
            served.hub.look()
            await socket_.send(wish("unsubscribe", "markets:1:summary"))
            assert "unsubscriptionResult" in await said(socket_)
            await served.poll(kraken="24063.40", names=("kraken",))  # the same again
            await socket_.send(wish("unsubscribe", "markets:1:summary"))
            assert "unsubscriptionResult" in await said(socket_)
            await served.poll(kraken="24064", names=("kraken",))
            served.hub.look()
            await socket_.send(wish("unsubscribe", "markets:*:summary"))
            told = []
            while "unsubscriptionResult" not in (message := await said(socket_)):
                told.append(message["marketUpdate"])
            (only,) = told
            assert (only["market"]["marketId"], only["summaryUpdate"]["lastStr"]) == ("87", "24064")

    serve(test)


def test_who_unsubscribes_is_told_no_more(serve):
    async def test(served):
        async with served.reader("markets:87:summary", "pairs:9:summary") as socket_:
            for _ in range(3):
                await update(socket_, "summaryUpdate")
            await socket_.send(wish("unsubscribe", "pairs:9:summary", "markets:1:ohlc"))
            result = (await said(socket_))["unsubscriptionResult"]
            assert result["failed"][0]["error"] == "not subscribed"
            assert result["status"]["subscriptions"] == [{"streamSubscription": {"resource": "markets:87:summary"}}]
            for price in ("24064", "24065"):
                await served.poll(kraken=price)
                market, told = await update(socket_, "summaryUpdate")
                assert (market, told["lastStr"]) == ("87", price)
            await socket_.send(wish("subscribe", "MARKETS:87:summary"))  # the same by another name
            await said(socket_)
            await socket_.send(wish("unsubscribe", "markets:87:summary"))
            while "unsubscriptionResult" not in await said(socket_):
                pass
            await served.poll(kraken="24066")
            assert (await update(socket_, "summaryUpdate"))[1]["lastStr"] == "24066"
            await socket_.send(wish("unsubscribe", "MARKETS:87:summary"))
            await said(socket_)
            assert not served.hub.readers

    serve(test)


def test_older_clients_are_understood_too(serve):
    async def test(served):
        async with served.reader() as socket_:
            await socket_.send(json.dumps({"subscribe": {"subscriptionKeys": ["markets:87:summary"]}}))
            assert (await said(socket_))["subscriptionResult"]["subscriptions"]
            await update(socket_, "summaryUpdate")
            hello = {"apiKey": "x", "token": "y", "nonce": "1", "subscriptions": ["markets:65:summary"]}
            await socket_.send(json.dumps({"apiAuthentication": hello}))
            assert await said(socket_) == WELCOME
            assert len((await said(socket_))["subscriptionResult"]["status"]["subscriptions"]) == 2

    serve(test)

"""The status line and the notice that no exchange can be reached."""

import pytest
from window_rig import BTC, ETH, NAMES, SHIB, THIN, Rig

from cryptoprices.core.errors import Reason
from cryptoprices.core.market import STREAM, Flow, Round, Standing
from cryptoprices.ui import header
from cryptoprices.ui.banner import Banner
from cryptoprices.ui.panels import watchlist
from cryptoprices.ui.status import Status

PRICES = {BTC: "97412.5", ETH: "3318.74", SHIB: "0.00002214"}


@pytest.fixture
def rig(fake_clock):
    return Rig(fake_clock)


@pytest.fixture
def status(rig, qtbot):
    status = Status(rig.hub)
    qtbot.addWidget(status)
    return status


@pytest.fixture
def banner(rig, qtbot):
    banner = Banner(rig.hub)
    qtbot.addWidget(banner)
    return banner


def said(status):
    status.show_now()
    return [word.text() for word in (status.state, status.updated, status.next_poll)]


def test_live_with_the_number_of_exchanges_and_a_countdown(rig, status):
    rig.poll(PRICES)
    rig.fail(Reason.TIMEOUT, names=["gemini"])
    rig.hub.set_schedule(False, rig.time.boot_s + 20, False)
    rig.time.advance(3)
    assert said(status) == ["Live · 5 of 6 exchanges", f"Updated 3{THIN}s ago", f"Next poll in 17{THIN}s"]
    rig.time.advance(1)
    assert said(status)[1:] == [f"Updated 4{THIN}s ago", f"Next poll in 16{THIN}s"]
    assert status.clock.text() == "UTC 14:00:04"


def test_letters_have_room_also_where_there_are_as_many_as_before(status):
    for text in ("History 31 days · 812 kB", "History 3620 days · 1 MB"):  # of 24 characters both
        status.history.write(text)
        assert status.history.sizeHint().width() > status.history.fontMetrics().horizontalAdvance(text)


def test_streams_are_told_and_so_is_their_loss(rig, status):
    rig.poll(PRICES)
    flows = [Flow("kraken", frozenset({BTC})), Flow("coinbase", frozenset({BTC})), Flow("okx", text="lost")]
    rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=tuple(flows)))
    assert said(status)[0] == "Live · streaming from 2 of 3 exchanges"
    rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=tuple(Flow(f.exchange, text="lost") for f in flows)))
    assert said(status)[0] == "Live · stream lost – polling 6 of 6 exchanges"


def test_it_is_named_and_told_whole(rig, status):
    rig.poll(PRICES)
    status.show_now()
    assert status.state.accessibleName() == "Connection status"
    assert status.state.accessibleDescription() == f"Live · 6 of 6 exchanges. Updated 0{THIN}s ago"


@pytest.mark.parametrize(("age", "word"), [(60, "Delayed"), (300, "Prices are old"), (4000, "Prices are old")])
def test_prices_that_stop_coming_are_not_live(rig, status, age, word):
    rig.poll(PRICES)
    rig.time.advance(age)
    assert said(status)[0] == f"{word} · 6 of 6 exchanges"


def test_polling_and_paused(rig, status):
    rig.hub.set_schedule(True, rig.time.boot_s + 20, False)
    assert said(status)[0] == "Polling…"
    rig.poll(PRICES)
    assert said(status)[2] == "Polling…"
    rig.hub.set_schedule(False, None, True)
    assert said(status) == ["Paused", f"Updated 0{THIN}s ago", ""]


def test_offline_counts_down_to_the_next_attempt(rig, status):
    rig.fail(Reason.UNREACHABLE)
    assert said(status)[0] == f"Offline – trying again in 12{THIN}s"
    rig.time.advance(11.5)
    assert said(status)[0] == f"Offline – trying again in 1{THIN}s"
    rig.hub.set_schedule(True, rig.time.boot_s + 20, False)
    assert said(status)[0] == "Offline – trying now"


def test_a_network_that_answers_only_to_refuse_is_not_said_to_be_offline(rig, status):
    rig.fail(Reason.BLOCKED)
    assert said(status)[0] == f"No prices – trying again in 12{THIN}s"
    rig.fail(Reason.TIMEOUT, names=NAMES[:1])
    assert said(status)[0] == f"Offline – trying again in 12{THIN}s"


def test_who_streams_is_not_offline_though_no_poll_gets_through(rig, status):
    rig.poll(PRICES)
    rig.fail(Reason.LIMITED)
    rig.hub.apply(Round(STREAM, rig.time.boot_s, flows=(Flow("kraken", frozenset({BTC})),)))
    assert said(status)[0] == "Live · streaming from 1 of 1 exchange"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Disk full – history paused since 09:15", "Disk full – history paused since 09:15"),
        ("History paused since 09:15; it cannot be written", "History paused since 09:15"),
        ("The price history could not be read and was set aside as x.corrupt; a new one begins.", None),
        ("The price history is of a newer version (9; this program knows 1); it stays untouched.", None),
        ("", ""),
    ],
)
def test_a_trouble_of_the_history_leaves_room_for_the_rest(status, text, short):
    status.show_history_trouble(text)
    shown = status.history.text()
    assert len(shown) <= 42
    assert text.startswith(shown)
    assert short in (None, shown)
    assert status.history.toolTip() == text
    assert (status.history.colour is not None) == bool(text)


def test_the_local_api_is_told_with_its_address_while_it_is_on(rig, status):
    status.resize(1400, 30)
    status.show()
    assert status.api.isHidden()
    status.show_api(True, "http://127.0.0.1:8020")
    assert (status.api.text(), status.api.isHidden()) == ("Local API 127.0.0.1:8020", False)
    assert "http://127.0.0.1:8020" in status.api.toolTip()
    status.resize(300, 30)
    assert status.api.isHidden()
    assert not status.updated.isHidden()
    status.resize(1400, 30)
    assert not status.api.isHidden()
    status.show_api(False, "The local API is off: the port is taken.")
    assert (status.api.text(), status.api.isHidden()) == ("", True)


def test_the_words_keep_their_room(rig, status):
    rig.poll(PRICES)
    rig.time.advance(10)
    said(status)
    wide = status.updated.sizeHint()
    rig.poll(PRICES)
    said(status)
    assert status.updated.sizeHint() == wide


@pytest.mark.parametrize(
    ("reason", "title", "advice"),
    [
        (Reason.UNREACHABLE, "No exchange can be reached.", "Prices"),
        (Reason.TIMEOUT, "No exchange can be reached.", "Prices"),
        (Reason.SIGN_IN, "Network sign-in page?", "This network"),
        (Reason.NAME_LOOKUP, "No exchange can be reached.", "Name lookup not answering."),
    ],
)
def test_the_notice_says_what_may_be_wrong(rig, banner, reason, title, advice):
    rig.poll(PRICES)
    rig.time.advance(240)
    rig.fail(reason)
    banner.show_now()
    assert not banner.isHidden()
    assert banner.title.text() == title
    assert banner.text.text().startswith(advice)
    assert banner.text.text().endswith(f"Prices below are 4{THIN}min old. Trying again in 12{THIN}s.")


def test_what_stops_all_of_them_is_said_in_their_words(rig, banner):
    said = "The certificate of kraken.invalid is not yet valid: your clock may be wrong"
    rig.take(standings=[Standing(name, Reason.BLOCKED, f"{said}; asking again at 14:05:00.") for name in NAMES])
    banner.show_now()
    assert banner.title.text() == "No exchange can be reached."
    assert banner.text.text() == f"{said}. Trying now."


@pytest.mark.parametrize(
    ("text", "title", "why"),
    [
        ("Disk full – history paused since 09:15", "Disk full – history paused since 09:15", "Prices are shown"),
        (
            "History paused since 09:15; it cannot be written",
            "History paused since 09:15",
            "It cannot be written. Prices",
        ),
        (
            "It is of a newer version (9; this one knows 1); it stays.",
            "It is of a newer version (9; this one knows 1)",
            "It",
        ),
    ],
)
def test_a_history_that_is_not_kept_is_told_until_it_is_well(rig, banner, text, title, why):
    rig.poll(PRICES)
    banner.show_history_trouble(text)
    assert not banner.isHidden()
    assert banner.title.text() == banner.accessibleName() == title
    assert banner.text.text().startswith(why)
    assert banner.details.isHidden()
    banner.show_history_trouble("")
    assert banner.isHidden()


def test_a_poll_that_fails_makes_no_price_newer(rig, banner):
    rig.poll(PRICES)
    rig.time.advance(40)
    rig.fail(Reason.UNREACHABLE)
    banner.show_now()
    assert banner.text.text() == f"Prices below are 40{THIN}s old. Trying again in 12{THIN}s."


def test_the_notice_and_the_prices_tell_one_age(rig, banner):
    rig.take(*(rig.quote("kraken", pair, PRICES[pair]) for pair in PRICES), last=False)
    rig.time.advance(2)
    rig.take(*(rig.quote("coinbase", pair, PRICES[pair]) for pair in PRICES), standings=map(Standing, NAMES))
    rig.time.advance(50)
    rig.fail(Reason.UNREACHABLE)
    banner.show_now()
    old = header.describe_price(rig.hub.price(BTC), rig.hub).beside
    assert old == f"52{THIN}s old"
    assert f"Prices below are {old}." in banner.text.text()


def test_the_notice_never_makes_a_price_newer_than_it_is(rig, banner):
    rig.poll(PRICES)
    rig.time.advance(1)
    rig.poll({BTC: PRICES[BTC]})
    rig.time.advance(50)
    rig.fail(Reason.UNREACHABLE)
    banner.show_now()
    assert f"Prices below are at least 50{THIN}s old." in banner.text.text()


def test_a_clock_that_is_wrong_is_told_until_it_is_right(rig, banner):
    rig.poll(PRICES)
    rig.take(standings=[Standing(name, clock_offset_ms=303_000) for name in NAMES])
    banner.show_now()
    assert not banner.isHidden()
    assert banner.title.text() == f"Your clock is 5{THIN}min 3{THIN}s slow, say 6 exchanges."
    assert banner.accessibleName() == banner.title.text()
    assert banner.details.isHidden()
    assert "right all the same" in banner.text.text()
    rig.fail(Reason.UNREACHABLE)
    banner.show_now()
    assert banner.title.text() == banner.accessibleName() == "No exchange can be reached."
    assert not banner.details.isHidden()
    rig.take(standings=[Standing(name, clock_offset_ms=900) for name in NAMES])
    banner.show_now()
    assert banner.isHidden()


@pytest.mark.parametrize("days", [-1, 365])
def test_a_calendar_that_is_set_makes_no_price_older_or_newer(rig, banner, days):
    rig.poll(PRICES)
    rig.time.advance(240)
    rig.time.wall_ms += days * 86_400_000
    rig.fail(Reason.UNREACHABLE)
    banner.show_now()
    old = f"4{THIN}min old"
    assert f"Prices below are {old}." in banner.text.text()
    assert header.describe_price(rig.hub.price(BTC), rig.hub).beside == old
    assert watchlist.describe(rig.hub.price(BTC), rig.hub).below == old


def test_no_notice_while_one_answers_or_nothing_is_known(rig, banner):
    banner.show_now()
    assert banner.isHidden()
    rig.fail(Reason.UNREACHABLE)
    banner.show_now()
    assert not banner.isHidden()
    assert "Prices below" not in banner.text.text()
    rig.take(standings=[Standing(NAMES[0])])
    banner.show_now()
    assert banner.isHidden()

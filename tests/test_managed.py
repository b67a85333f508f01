"""managed.json: what people keep beside the settings survives, whatever happens to the file."""

import json
import threading
from decimal import Decimal

import pytest

from cryptoprices.core import content as module
from cryptoprices.core.managed import Gone, ManualPrice, Reused, Stale, Taken, Watchlist
from cryptoprices.core.market import Pair
from cryptoprices.storage import atomic
from cryptoprices.storage.managed import ManagedFile

BTC, PEG = Pair("BTC", "USD"), Pair("USDX", "USD")
EMPTY = b'{"number": 1, "watchlists": [], "prices": [], "answered": {}}'
LIST = b'[{"id": "w1", "name": "A", "pairs": ["BTC/USD"], "version": 1, "created_ms": 8, "changed_ms": 8}]'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "profile" / "managed.json"


@pytest.fixture
def opened(path, fake_clock):
    return lambda: ManagedFile(path, fake_clock.clock)


def test_what_was_kept_is_there_after_a_restart(opened, path, fake_clock):
    book = opened()
    assert (book.watchlists, book.manual_prices, book.problem) == ((), (), "")
    one = book.add_watchlist("A", [BTC, PEG])
    peg = book.add_price(PEG, Decimal("1.10"), "note", "desk", fake_clock.wall_ms + 1, "key")
    again = opened()
    assert (again.watchlists, again.manual_prices) == ((one,), (peg,))
    assert str(again.manual_prices[0].price) == "1.10"
    assert again.add_price(PEG, Decimal("1.10"), "note", "desk", fake_clock.wall_ms + 1, "key") == peg
    with pytest.raises(Reused):
        again.add_price(PEG, Decimal("1.1"), "note", "desk", fake_clock.wall_ms + 1, "key")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_version_and_an_id_never_come_again(opened):
    book = opened()
    seen = [book.add_watchlist("A", [BTC])]
    seen.append(book.change_watchlist(seen[0].id, seen[0].version, "B", [PEG]))
    book.remove_watchlist(seen[0].id, seen[1].version)
    book = opened()
    seen.append(book.add_watchlist("A", [BTC]))
    assert len({one.version for one in seen}) == 3
    assert seen[2].id != seen[0].id


def test_a_change_of_another_state_is_refused(opened):
    book = opened()
    peg = book.add_price(PEG, Decimal(1), "", "desk", None, "")
    newer = book.change_price(peg.id, peg.version, Decimal(2), "", "desk", None)
    with pytest.raises(Stale):
        book.change_price(peg.id, peg.version, Decimal(3), "", "desk", None)
    with pytest.raises(Stale):
        book.remove_price(peg.id, peg.version)
    with pytest.raises(Gone):
        book.remove_price("m99", None)
    assert book.manual_prices == (newer,)
    book.remove_price(peg.id, None)
    assert book.manual_prices == ()


def test_names_and_pairs_stand_once(opened):
    book = opened()
    one = book.add_watchlist("Straße", [BTC])
    with pytest.raises(Taken, match="STRASSE"):
        book.add_watchlist("STRASSE", [BTC])
    other = book.add_watchlist("B", [BTC])
    with pytest.raises(Taken):
        book.change_watchlist(other.id, None, "straße", [BTC])
    assert book.change_watchlist(one.id, None, "STRASSE", [BTC]).name == "STRASSE"  # its own name may change so
    book.add_price(BTC, Decimal(1), "", "", None, "")
    with pytest.raises(Taken, match="BTC/USD has a manual price already"):
        book.add_price(BTC, Decimal(1), "", "", None, "")


def test_there_is_an_end_to_what_is_kept(opened, monkeypatch, fake_clock):
    monkeypatch.setattr(module, "MOST", 2)
    monkeypatch.setattr(module, "_MOST_KEYS", 2)
    book = opened()
    for name in "AB":
        book.add_watchlist(name, [BTC])
    with pytest.raises(Taken, match="most"):
        book.add_watchlist("C", [BTC])
    for key in "abc":
        made = book.add_price(PEG, Decimal(1), "", "", None, key)
        book.remove_price(made.id, None)
    assert len(json.loads(book._path.read_text())["answered"]) == 2  # the oldest key is forgotten
    assert book.add_price(PEG, Decimal(1), "", "", None, "a").id != "m1"


def test_the_most_that_there_may_be_can_be_read_again(opened, path):
    pairs, wide = [Pair(f"{n:012}", "A" * 12) for n in range(200)], "\U0001f4b0"
    lists = [Watchlist(f"w{n}", wide * 60 + f"{n:04}", tuple(pairs), n, 1, 1) for n in range(module.MOST)]
    many = [Pair(f"{n:012}", "A" * 12) for n in range(module.MOST_PAIRS)]
    prices = [
        ManualPrice(f"m{n}", pair, Decimal("9" * 30), wide * 200, wide * 64, 1, 1, n) for n, pair in enumerate(many)
    ]
    answered = {f"{n:032}": module._Answered("0" * 32, prices[0], 1) for n in range(module._MOST_KEYS)}
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(module.packed(module.Content(9, tuple(lists), tuple(prices), answered)))
    found = opened()
    assert (found.problem, len(found.watchlists), len(found.manual_prices)) == ("", 1000, 500)


def test_there_is_an_end_to_the_pairs_of_all_but_not_to_having_fewer(opened, path, monkeypatch):
    monkeypatch.setattr(module, "MOST_PAIRS", 3)
    book, coins = opened(), [Pair(name, "USD") for name in "ABCDE"]
    one = book.add_watchlist("one", coins[:2])
    two = book.add_watchlist("two", coins[1:3])  # three in all
    book.add_price(coins[0], Decimal(1), "", "", None, "")
    for act in (
        lambda: book.add_watchlist("three", coins[3:]),
        lambda: book.change_watchlist(one.id, None, "one", coins[:4]),
        lambda: book.add_price(PEG, Decimal(1), "", "", None, ""),
    ):
        with pytest.raises(Taken, match="3 different pairs in all"):
            act()
    assert book.change_watchlist(two.id, None, "two", coins[2:3]).pairs == (coins[2],)
    assert book.change_watchlist(two.id, None, "two", [coins[3]]).pairs == (coins[3],)
    monkeypatch.setattr(module, "MOST_PAIRS", 1)  # of an earlier version there may be more
    assert book.change_watchlist(two.id, None, "another name", [coins[3]]).name == "another name"


def test_a_file_of_somebody_elses_making_is_shown_as_what_is_sent_would_be(opened, path):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(EMPTY.replace(b"[]", LIST.replace(b"A", rb"A\n\ud800\u202eB"), 1))
    (found,) = opened().watchlists
    assert (found.name, found.created_ms, opened().problem) == ("A B", 8, "")


@pytest.mark.parametrize(
    "damage",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b'{"number":1}', b"[" * 100_000, b'{"number":"x"}', b"1" * (17 << 20)),
        *(EMPTY.replace(b"1", number) for number in (b"Infinity", b"-1e999", b"NaN")),
        *(EMPTY.replace(b"[]", LIST.replace(b"8", at)) for at in (b"1e999", b"1" + b"0" * 30, b"-" + b"9" * 30)),
    ],
)
def test_a_damaged_file_gives_way_to_the_newest_generation(opened, path, damage):
    book = opened()
    first = book.add_watchlist("A", [BTC])
    book.add_watchlist("B", [BTC])
    path.write_bytes(damage)
    found = opened()
    assert found.watchlists == (first,)  # as it was before the last change
    assert found.problem == "managed.json is damaged; managed.json.bak1 is used instead."
    for one in (path, *path.parent.glob("managed.json.bak*")):
        one.write_bytes(damage)
    found = opened()
    assert (found.watchlists, found.problem[:26]) == ((), "managed.json is damaged; s")


@pytest.mark.parametrize("change", [{"price": "0"}, {"price": "-1"}, {"price": 1}, {"price": "NaN"}, {"pair": "X"}])
def test_a_price_in_the_file_is_a_price(opened, path, change):
    book = opened()
    book.add_price(PEG, Decimal(1), "", "desk", None, "")
    book.add_watchlist("A", [BTC])
    content = json.loads(path.read_text())
    content["prices"][0] |= change
    path.write_text(json.dumps(content))
    assert "damaged" in opened().problem


def test_what_could_not_be_written_does_not_hold(opened, path, monkeypatch):
    book, told = opened(), []
    one = book.add_watchlist("A", [BTC])
    book.listen(lambda: told.append(1))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write", full)
    for change in (
        lambda: book.add_watchlist("B", [BTC]),
        lambda: book.change_watchlist(one.id, None, "B", [BTC]),
        lambda: book.remove_watchlist(one.id, None),
        lambda: book.add_price(PEG, Decimal(1), "", "", None, "key"),
    ):
        with pytest.raises(OSError, match="No space"):
            change()
    assert (book.watchlists, book.manual_prices, told) == ((one,), (), [])
    monkeypatch.undo()
    assert book.add_price(PEG, Decimal(1), "", "", None, "key").pair == PEG  # the key is still free
    book.add_price(PEG, Decimal(1), "", "", None, "key")
    assert told == [1]  # asked again, nothing has changed


def test_changes_of_many_threads_are_one_after_the_other(opened):
    book = opened()
    threads = [threading.Thread(target=book.add_watchlist, args=(f"list {n}", [BTC])) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.id for one in book.watchlists}) == 8
    assert opened().watchlists == book.watchlists

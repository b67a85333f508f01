"""Watchlists and manual prices of several replicas: each may change them, all have the same, and nothing is lost."""

import threading
from decimal import Decimal

import pytest

from cryptoprices.core.managed import Away, Gone, Reused, Stale, Taken
from cryptoprices.core.market import Pair
from cryptoprices.storage import atomic
from cryptoprices.storage.managed import ManagedFile
from tests.one_common import OneCommon

BTC, PEG = Pair("BTC", "USD"), Pair("USDX", "USD")


@pytest.fixture
def common() -> OneCommon:
    return OneCommon()


@pytest.fixture
def opened(tmp_path, fake_clock, common):
    """The file of this replica, by what it has in common with others or alone."""

    def book(name: str, alone: bool = False) -> ManagedFile:
        return ManagedFile(tmp_path / name / "managed.json", fake_clock.clock, None if alone else common)

    return book


@pytest.fixture
def books(opened) -> list[ManagedFile]:
    return [opened(name) for name in "abc"]


def state(book: ManagedFile) -> object:
    return book.watchlists, book.manual_prices, book.version


def test_all_have_what_any_of_them_has_changed_and_keep_a_copy(books, opened):
    told = []
    books[2].listen(lambda: told.append(state(books[2])))
    one = books[0].add_watchlist("A", [BTC])
    peg = books[1].add_price(PEG, Decimal("1.10"), "note", "desk", None, "")  # made of what the first has changed
    books[2].change_watchlist(one.id, one.version, "B", [BTC, PEG])
    for book in books:
        book.look()
    assert len({state(book) for book in books}) == 1
    assert [one.name for one in books[0].watchlists] == ["B"]
    assert books[0].manual_prices == (peg,)
    assert told == [state(books[2])]
    books[2].look()
    assert len(told) == 1  # nothing is new
    for name in "abc":
        alone = opened(name, alone=True)
        assert (alone.watchlists, alone.manual_prices) == (books[0].watchlists, books[0].manual_prices)


def test_a_version_and_an_id_never_come_again_whoever_makes_them(books):
    seen = [books[0].add_watchlist("A", [BTC])]
    books[1].remove_watchlist(seen[0].id, seen[0].version)
    seen.append(books[2].add_watchlist("A", [BTC]))
    seen.append(books[0].change_watchlist(seen[1].id, None, "B", [BTC]))
    assert len({one.version for one in seen}) == 3
    assert seen[0].id != seen[1].id


def test_who_comes_second_gets_what_one_process_would_have_said(books):
    one = books[0].add_watchlist("A", [BTC])
    peg = books[0].add_price(PEG, Decimal(1), "", "desk", None, "")
    with pytest.raises(Taken):
        books[1].add_watchlist("a", [BTC])
    with pytest.raises(Taken):
        books[1].add_price(PEG, Decimal(1), "", "desk", None, "")
    books[1].change_price(peg.id, peg.version, Decimal(2), "", "desk", None)
    with pytest.raises(Stale):
        books[2].change_price(peg.id, peg.version, Decimal(3), "", "desk", None)
    books[1].remove_watchlist(one.id, None)
    with pytest.raises(Gone):
        books[0].change_watchlist(one.id, None, "B", [BTC])


def test_a_key_is_of_one_question_at_whichever_replica(books):
    peg = books[0].add_price(PEG, Decimal(1), "", "desk", None, "key")
    assert books[1].add_price(PEG, Decimal(1), "", "desk", None, "key") == peg
    with pytest.raises(Reused):
        books[2].add_price(PEG, Decimal(2), "", "desk", None, "key")
    assert [one.id for one in books[1].manual_prices] == [peg.id]


def test_changes_at_once_are_one_after_the_other(books):
    names = [f"{n}" for n in range(12)]
    threads = [threading.Thread(target=books[n % 3].add_watchlist, args=(name, [BTC])) for n, name in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for book in books:
        book.look()
    assert {one.name for one in books[0].watchlists} == set(names)
    assert len({one.id for one in books[0].watchlists}) == len(names)
    assert len({state(book) for book in books}) == 1


def test_a_change_in_the_middle_of_a_change_is_seen(books, common, monkeypatch):
    put = common.put

    def put_late(*said):
        monkeypatch.setattr(common, "put", put)
        books[1].add_watchlist("first", [BTC])
        return put(*said)

    monkeypatch.setattr(common, "put", put_late)
    books[0].add_watchlist("second", [BTC])
    assert [one.name for one in books[0].watchlists] == ["first", "second"]


def test_while_it_is_away_nothing_is_changed_and_all_is_read(books, common, opened):
    one = books[0].add_watchlist("A", [BTC])
    books[1].look()
    common.away = True
    for change in (
        books[1].look,
        lambda: books[1].add_watchlist("B", [BTC]),
        lambda: books[1].change_watchlist(one.id, None, "B", [BTC]),
        lambda: books[1].remove_watchlist(one.id, None),
        lambda: books[1].add_price(PEG, Decimal(1), "", "", None, "key"),
        lambda: books[1].change_price("m1", None, Decimal(1), "", "", None),
        lambda: books[1].remove_price("m1", None),
    ):
        with pytest.raises(Away):
            change()
    assert books[1].watchlists == opened("b").watchlists == (one,)
    common.away = False
    books[1].remove_watchlist(one.id, None)


def test_what_is_lost_there_comes_back_from_whoever_has_it(books, common, opened):
    one = books[0].add_watchlist("A", [BTC])
    books[1].look()
    common.lose()
    books[1].look()
    fresh = opened("d")
    fresh.look()
    assert fresh.watchlists == (one,)
    common.lose()
    two = fresh.add_watchlist("B", [BTC])  # what is lost comes back with the change
    for book in books:
        book.look()
        assert book.watchlists == (one, two)


def test_an_older_copy_never_goes_over_a_newer_one(books, common):
    one = books[0].add_watchlist("A", [BTC])
    books[1].look()
    two = books[0].add_watchlist("B", [BTC])
    common.lose()
    books[1].look()  # the first to come, who has not heard of B
    books[0].look()
    books[1].look()
    assert books[0].watchlists == books[1].watchlists == (one, two)


def test_who_has_nothing_changes_nothing_until_all_may_have_come(books, common, opened):
    one = books[0].add_watchlist("A", [BTC])
    common.lose()
    common.settled, fresh = False, opened("d")
    with pytest.raises(Away, match="not yet"):
        fresh.add_watchlist("C", [BTC])
    books[0].look()
    two = fresh.add_watchlist("C", [BTC])
    assert fresh.watchlists == (one, two)


@pytest.mark.logs("another version")
def test_what_another_version_of_the_program_wrote_is_left_alone(books, common, caplog):
    common.put((7, b"{}"), 0, 0)
    for act in (books[0].look, lambda: books[0].add_watchlist("A", [BTC])):
        with pytest.raises(Away, match="another version"):
            act()
    assert common.see(0, 0) == (1, b"{}")
    assert len(caplog.messages) == 1  # once, however often it is looked at
    common.lose()
    assert books[0].add_watchlist("A", [BTC]).name == "A"
    common.put((8, b"{}"), 8, books[0].version)
    with pytest.raises(Away):
        books[0].look()
    assert len(caplog.messages) == 2


@pytest.mark.logs("this replica has no copy")
def test_a_full_disk_costs_a_replica_its_copy_only(books, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write", full)
    one = books[0].add_watchlist("A", [BTC])
    books[1].look()
    assert books[0].watchlists == books[1].watchlists == (one,)

"""How much an exchange is asked in a minute: never more than its budget, and polls before pages."""

from hypothesis import given
from hypothesis import strategies as st

from cryptoprices.core.budget import Budget

STEPS = st.lists(st.tuples(st.floats(0, 40), st.booleans()), max_size=200)


def may_page(budget, now, reserve):
    return budget.next_page_boot_s(now, reserve) <= now


@given(limit=st.integers(1, 40), steps=STEPS, reserve=st.integers(0, 20))
def test_no_minute_holds_more_than_the_limit_and_what_is_told_to_be_free_is(limit, steps, reserve):
    budget, now, asked = Budget(limit), 1000.0, []
    for wait_s, page in steps:
        now += wait_s
        if page:
            free = budget.next_page_boot_s(now, reserve)
            assert free == float("inf") or may_page(budget, free + 1e-6, reserve)
        may = may_page(budget, now, reserve) if page else budget.may_ask(now)
        assert page or budget.may_ask(budget.next_free_boot_s(now) + 1e-6)
        if may:
            budget.asked(now, page)
            asked.append(now)
        assert budget.used(now) == sum(at > now - 60 for at in asked) <= limit


def test_pages_leave_room_for_the_polls_to_come():
    budget = Budget(10)
    pages = 0
    while may_page(budget, 1000.0 + pages, reserve=6):
        budget.asked(1000.0 + pages, page=True)
        pages += 1
    assert pages == 4
    assert budget.next_page_boot_s(1004.0, 6) == 1060.0
    for second in range(6):
        assert budget.may_ask(1010.0 + second)
        budget.asked(1010.0 + second)
    assert not budget.may_ask(1020.0)
    assert (budget.used(1020.0), budget.next_free_boot_s(1020.0)) == (10, 1060.0)


def test_where_polls_need_everything_there_are_no_pages():
    assert Budget(6).next_page_boot_s(1000.0, 6) == float("inf")


def test_pages_do_not_come_all_at_once():
    budget = Budget(120)
    for page in range(15):
        assert may_page(budget, 1000.0, 0), page
        budget.asked(1000.0, page=True)
    assert budget.next_page_boot_s(1000.0, 0) == 1007.5
    slow = Budget(30)
    for _ in range(7):  # a poll, in halves down to the pair that is not known
        slow.asked(1000.0)
    for _ in range(5):
        assert may_page(slow, 1000.0, 0)  # the chart need not wait for it
        slow.asked(1000.0, page=True)
    assert slow.next_page_boot_s(1000.0, 0) == 1007.5

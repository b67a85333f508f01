"""Questions to worker threads: answers come into the GUI thread, once, and only while somebody wants them."""

import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from cryptoprices.qt.tasks import MOST_LONG, MOST_QUICK, Tasks

WAIT_S = 5


class Asker(QObject):
    def __init__(self):
        super().__init__()
        self.answers, self.errors, self.parts, self.threads = [], [], [], []

    def then(self, answer):
        self.answers.append(answer)
        self.threads.append(threading.current_thread())

    def failed(self, error):
        self.errors.append(error)

    def told(self, part):
        self.parts.append(part)

    def ask(self, tasks, function, *args, long=False):
        slots = {"then": self.then, "failed": self.failed, "owner": self}
        return tasks.ask(function, *args, **slots, **({"told": self.told} if long else {}))


@pytest.fixture
def tasks(qapp):
    tasks = Tasks()
    yield tasks
    tasks.close()


@pytest.fixture
def asker(qapp):
    return Asker()


class Gate:
    """A function that waits until it is opened; counts who is inside."""

    def __init__(self):
        self.open, self.inside, self.most = threading.Event(), 0, 0
        self.entered, self._lock = threading.Semaphore(0), threading.Lock()

    def __call__(self, *args):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        self.open.wait(WAIT_S)
        with self._lock:
            self.inside -= 1
        return args[0] if args else None


def test_the_answer_comes_in_the_gui_thread_from_a_daemon(tasks, asker, qtbot):
    asker.ask(tasks, lambda a, b: (a + b, threading.current_thread()), 2, 3)
    qtbot.waitUntil(lambda: bool(asker.answers))
    (total, worker), *more = asker.answers
    assert (total, more) == (5, [])
    assert worker.daemon
    assert worker.name.startswith("quick-")
    assert worker is not threading.current_thread()
    assert asker.threads == [threading.current_thread()]


@pytest.mark.logs("could not be answered")
def test_what_is_raised_goes_to_failed_and_the_next_question_is_answered(tasks, asker, qtbot):
    asker.ask(tasks, int, "seven")
    asker.ask(tasks, int, "7")
    qtbot.waitUntil(lambda: bool(asker.answers and asker.errors))
    assert asker.answers == [7]
    assert isinstance(asker.errors[0], ValueError)


def test_there_are_never_more_than_a_few_threads_and_none_afterwards(tasks, asker, qtbot):
    before = threading.active_count()
    gate = Gate()
    for k in range(40):
        asker.ask(tasks, gate, k, long=k % 2 == 1)
    for _ in range(MOST_QUICK + MOST_LONG):
        assert gate.entered.acquire(timeout=WAIT_S)
    assert threading.active_count() == before + MOST_QUICK + MOST_LONG
    gate.open.set()
    qtbot.waitUntil(lambda: len(asker.answers) == 40)
    assert sorted(asker.answers) == list(range(40))
    assert gate.most == MOST_QUICK + MOST_LONG
    qtbot.waitUntil(lambda: threading.active_count() == before)


def test_long_questions_keep_no_quick_one_waiting(tasks, asker, qtbot):
    gate = Gate()
    for k in range(2 * MOST_LONG):
        asker.ask(tasks, gate, k, long=True)
    asker.ask(tasks, str, "quick")
    qtbot.waitUntil(lambda: asker.answers == ["quick"])
    gate.open.set()
    qtbot.waitUntil(lambda: len(asker.answers) == 2 * MOST_LONG + 1)


def test_a_long_question_tells_its_parts_in_order_before_the_answer(tasks, asker, qtbot):
    def pages(count, tell, _stopped):
        for k in range(count):
            tell(k)
        return "done"

    asker.ask(tasks, pages, 5, long=True)
    qtbot.waitUntil(lambda: bool(asker.answers))
    assert asker.parts == [0, 1, 2, 3, 4]
    assert asker.answers == ["done"]


def test_a_cancelled_question_is_stopped_and_says_nothing_any_more(tasks, asker, qtbot):
    begun, ended = threading.Event(), threading.Event()

    def until_stopped(tell, stopped):
        begun.set()
        stopped.wait(WAIT_S)
        tell("late")
        ended.set()

    question = asker.ask(tasks, until_stopped, long=True)
    assert begun.wait(WAIT_S)
    question.cancel()
    assert ended.wait(WAIT_S)
    asker.ask(tasks, str, "next")
    qtbot.waitUntil(lambda: bool(asker.answers))
    assert (asker.answers, asker.parts) == (["next"], [])


def test_what_was_cancelled_before_it_began_never_runs(tasks, asker, qtbot):
    gate, ran = Gate(), []
    for _ in range(MOST_QUICK):
        asker.ask(tasks, gate)
    asker.ask(tasks, ran.append, "cancelled").cancel()
    asker.ask(tasks, ran.append, "wanted")
    gate.open.set()
    qtbot.waitUntil(lambda: len(asker.answers) == MOST_QUICK + 1)
    assert ran == ["wanted"]


def test_an_answer_that_was_on_its_way_when_it_was_cancelled_is_dropped(tasks, asker, qtbot):
    done = threading.Event()
    question = asker.ask(tasks, done.set)
    assert done.wait(WAIT_S)
    question.cancel()
    asker.ask(tasks, str, "next")
    qtbot.waitUntil(lambda: bool(asker.answers))
    assert asker.answers == ["next"]


def test_an_owner_that_is_gone_gets_no_answer(tasks, asker, qtbot):
    gate, gone = Gate(), Asker()
    gone.ask(tasks, gate, 1)
    assert gate.entered.acquire(timeout=WAIT_S)
    gone.deleteLater()
    QCoreApplication.sendPostedEvents(gone, QEvent.Type.DeferredDelete)
    gate.open.set()
    asker.ask(tasks, str, "other")
    qtbot.waitUntil(lambda: asker.answers == ["other"])
    assert gone.answers == []


def test_after_close_nothing_is_answered_begun_or_left(qapp, asker, qtbot):
    tasks, gate, ran = Tasks(), Gate(), []
    stopped = []
    tasks.ask(lambda tell, stop: stopped.append(stop.wait(WAIT_S)), then=asker.then, failed=asker.failed, owner=asker,
              told=asker.told)  # fmt: skip
    for _ in range(MOST_QUICK):
        asker.ask(tasks, gate)
        assert gate.entered.acquire(timeout=WAIT_S)
    asker.ask(tasks, ran.append, "waiting")
    tasks.close()
    asker.ask(tasks, ran.append, "too late")
    gate.open.set()
    qtbot.waitUntil(lambda: stopped == [True])
    for thread in threading.enumerate():
        if thread.name.startswith(("quick-", "long-")):
            thread.join(WAIT_S)
    QCoreApplication.processEvents()
    assert (asker.answers, asker.errors, ran) == ([], [], [])

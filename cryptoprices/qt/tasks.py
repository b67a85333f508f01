"""Questions that take time (history, files, keyring): asked on worker threads, answered in the GUI thread.

Beside the feed this is the only other way from a thread into the window.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from shiboken6 import isValid

log = logging.getLogger(__name__)

MOST_QUICK, MOST_LONG = 2, 3  # worker threads for each kind of question: a long one keeps no quick one waiting
Answered = Callable[[Any], None]


class Question:
    """One question. stopped: set when the answer is wanted no more; a long question looks at it."""

    def __init__(
        self, owner: QObject, run: Callable[[], object], then: Answered, failed: Answered, told: Answered | None
    ) -> None:
        self.stopped = threading.Event()
        self.owner, self.run = owner, run
        self.then, self.failed, self.told = then, failed, told

    def cancel(self) -> None:
        """No answer comes any more. What has not begun never runs."""
        self.stopped.set()

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for the answer; to be asked in the GUI thread."""
        return not self.stopped.is_set() and isValid(self.owner)


class Tasks(QObject):
    """Daemon threads that begin when there is a question and end when there is none."""

    _answered = Signal(object, object)
    _failed = Signal(object, object)
    _told = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quick, self._long = _Crew("quick", MOST_QUICK, self._work), _Crew("long", MOST_LONG, self._work)
        self._lock = threading.Lock()  # nothing is emitted after close()
        self._closed = False
        self._answered.connect(self._give_answer)
        self._failed.connect(self._give_error)
        self._told.connect(self._give_part)

    def ask(
        self,
        function: Callable[..., object],
        *args: object,
        then: Answered,
        failed: Answered,
        owner: QObject,
        told: Answered | None = None,
    ) -> Question:
        """Run function(*args) on a worker; then(what it returns) or failed(what it raised) in the GUI thread.

        Neither is called once the question is cancelled, its owner is gone or this is closed. told: the question is a
        long one; it runs as function(*args, tell, stopped): what it hands to tell() goes to told(...) in the GUI
        thread, and it returns early when the threading.Event `stopped` is set.
        """

        def run() -> object:
            return function(*args) if told is None else function(*args, tell, question.stopped)

        def tell(part: object) -> None:
            self._emit(self._told, question, part)

        question = Question(owner, run, then, failed, told)
        if not self._closed:
            (self._quick if told is None else self._long).put(question)
        return question

    def close(self) -> None:
        """Stop; nothing is answered afterwards. Threads are told to stop and not waited for: they are daemons."""
        with self._lock:
            self._closed = True
        self._quick.close()
        self._long.close()

    def _work(self, question: Question) -> None:
        """On a worker."""
        try:
            answer = question.run()
        except Exception as error:  # the outermost line of this thread; told to who asked
            log.warning("A question could not be answered", exc_info=True)
            self._emit(self._failed, question, error)
        else:
            self._emit(self._answered, question, answer)

    def _emit(self, signal: SignalInstance, question: Question, value: object) -> None:
        with self._lock:
            if not self._closed and not question.stopped.is_set():
                signal.emit(question, value)

    @Slot(object, object)
    def _give_answer(self, question: Question, answer: object) -> None:
        if question.wanted:
            question.then(answer)

    @Slot(object, object)
    def _give_error(self, question: Question, error: object) -> None:
        if question.wanted:
            question.failed(error)

    @Slot(object, object)
    def _give_part(self, question: Question, part: object) -> None:
        if question.told and question.wanted:
            question.told(part)


class _Crew:
    """Workers of one kind: at most `most`, each ends when nothing is left to do."""

    def __init__(self, kind: str, most: int, work: Callable[[Question], None]) -> None:
        self._kind, self._most, self._work = kind, most, work
        self._waiting: deque[Question] = deque()
        self._at_work: list[Question | None] = [None] * most  # what each worker does
        self._alive: set[int] = set()
        self._lock = threading.Lock()

    def put(self, question: Question) -> None:
        """First come, first served."""
        with self._lock:
            self._waiting.append(question)
            free = next((number for number in range(self._most) if number not in self._alive), None)
            if free is None:
                return
            self._alive.add(free)
        name = f"{self._kind}-{free + 1}"
        threading.Thread(target=self._run, args=(free,), name=name, daemon=True).start()

    def close(self) -> None:
        """Drop what waits and stop what runs."""
        with self._lock:
            for question in (*self._waiting, *filter(None, self._at_work)):
                question.stopped.set()
            self._waiting.clear()

    def _run(self, number: int) -> None:
        while (question := self._next(number)) is not None:
            self._work(question)

    def _next(self, number: int) -> Question | None:
        with self._lock:
            while self._waiting:
                question = self._waiting.popleft()
                if not question.stopped.is_set():
                    self._at_work[number] = question
                    return question
            self._at_work[number] = None
            self._alive.discard(number)
            return None

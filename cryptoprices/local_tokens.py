"""The person's tokens of the local API: a dialog, and their file, which workers read and write."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from cryptoprices.clock import Clock
from cryptoprices.core.grants import Scope, Token, checked_name
from cryptoprices.qt.tasks import Tasks
from cryptoprices.storage.paths import Paths
from cryptoprices.storage.tokens import TokenFile
from cryptoprices.ui.token_dialog import TokenDialog


class LocalTokens(QObject):
    """dialog: None before it was opened; it may be gone again."""

    def __init__(self, paths: Paths, clock: Clock, tasks: Tasks, window: QWidget) -> None:
        super().__init__(window)
        self._paths, self._clock, self._tasks, self._window = paths, clock, tasks, window
        self.dialog: TokenDialog | None = None

    @Slot()
    def open(self) -> None:
        """Show the tokens that there are."""
        if self.dialog is None or not isValid(self.dialog):
            self.dialog = dialog = TokenDialog(self._window)
            dialog.wanted.connect(self._create)
            dialog.unwanted.connect(self._revoke)
            dialog.open()
            self._ask(_nothing)

    @Slot(str, object)
    def _create(self, name: str, scope: Scope) -> None:
        self._ask(partial(_created, name=name, scope=scope))

    @Slot(str)
    def _revoke(self, id_: str) -> None:
        self._ask(partial(_revoked, id_=id_))

    def _ask(self, act: Callable[[TokenFile], str]) -> None:
        """Have this done to the file by a worker, and show what it holds then."""
        self._tasks.ask(self._act, act, then=self._show, failed=self._fail, owner=self)

    def _act(self, act: Callable[[TokenFile], str]) -> tuple[Sequence[Token], str, str]:
        """On a worker: the tokens, the text of a new one, and why it was not done."""
        file, new, problem = TokenFile(self._paths.tokens, self._clock, program=self._paths.program), "", ""
        try:
            new = act(file)
        except (OSError, ValueError) as error:  # a disk, or a name that cannot be shown
            problem = f"Nothing was changed: {error}"
        return file.all(), new, problem or file.problem()

    def _show(self, found: tuple[Sequence[Token], str, str]) -> None:
        if self.dialog and isValid(self.dialog):
            self.dialog.show_tokens(*found)

    def _fail(self, _error: Exception) -> None:
        self._show(((), "", "The tokens could not be read; the log says why."))


def _nothing(_file: TokenFile) -> str:
    return ""


def _created(file: TokenFile, name: str, scope: Scope) -> str:
    return file.create(checked_name(name), scope)


def _revoked(file: TokenFile, id_: str) -> str:
    file.revoke(id_)
    return ""

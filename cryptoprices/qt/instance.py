"""One window per profile: a second start raises the first one and ends.

The lock that decides who is first is storage's; here is only how the second start reaches the first one.
"""

import hashlib

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

RAISE = b"raise\n"
ANSWER = b"raised\n"
WAIT_MS = 300


def server_name(profile: str) -> str:
    """Name of the local socket of the program that holds this profile: short enough for every system."""
    return "cryptoprices-" + hashlib.sha256(profile.encode()).hexdigest()[:24]


def raise_first(profile: str) -> bool:
    """Ask the program that holds the profile to show its window; False where none answers within half a second."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(profile))
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(RAISE)
    answered = socket.waitForReadyRead(WAIT_MS) and bytes(socket.readLine().data()) == ANSWER
    socket.abort()
    return answered


class FirstInstance(QObject):
    """Listens for later starts with the same profile. raise_asked: one of them wants the window to be shown."""

    raise_asked = Signal()

    def __init__(self, profile: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(
            server_name(profile)
        )  # left over from a killed program; the lock says that we are first
        self._server.newConnection.connect(self._take_connections)
        self._server.listen(server_name(profile))

    @Slot()
    def close(self) -> None:
        """Listen no longer and remove the socket."""
        self._server.close()

    @Slot()
    def _take_connections(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._answer(socket)

    @Slot()
    def _read(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._answer(socket)

    def _answer(self, socket: QLocalSocket) -> None:
        if bytes(socket.readLine(len(RAISE) + 1).data()) == RAISE:
            socket.write(ANSWER)
            socket.flush()
            self.raise_asked.emit()

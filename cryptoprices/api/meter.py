"""What is counted of the service itself."""

from collections import Counter

from cryptoprices.api.hot import App, Message, Receive, Scope, Send


class Meter:
    """For the API's loop. answers: how many, by the first digit of their status. connections: open now.

    cut: connections that were ended because they went beyond a limit. cryptowatch_readers: of that API's stream, now.
    """

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.connections = self.cut = self.cryptowatch_readers = 0


class Counted:
    """In front of everything: counts the answers of `app`."""

    def __init__(self, app: App, meter: Meter) -> None:
        self._app, self._answers = app, meter.answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket."""

        async def counted(message: Message) -> None:
            if (status := message.get("status")) is not None:
                self._answers[status // 100] += 1
            await send(message)

        await self._app(scope, receive, counted)

"""A standard output or error that remembers what was written, and looks like a terminal or like a file."""

import threading


class Screen:
    """looks: whether somebody looks at it. text: all that was written."""

    def __init__(self, looks):
        self.text, self._looks = "", looks
        self._awaited, self._seen = None, threading.Event()

    def wait_for(self, text):
        """An event that is set as soon as this is written."""
        self._awaited = text
        return self._seen

    def isatty(self):
        return self._looks

    def write(self, text):
        self.text += text
        if self._awaited is not None and self._awaited in self.text:
            self._seen.set()

    def flush(self):
        pass

"""An exchange on loopback that answers every question alike, and the options of a run that knows no other one."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptoprices.settings.run_options import RunOptions

NAMES = ("kraken", "coinbase", "bitstamp", "gemini", "bitfinex", "binance", "coingecko")
KRAKEN = b'{"error":[],"result":{"XXBTZUSD":{"c":["97412.50","1"]}}}'


class Exchange(ThreadingHTTPServer):
    """Answers every question with the same status, headers and body."""

    def __init__(self, status=200, body=KRAKEN, **headers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply, self.asked = (status, headers, body), []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        status, headers, body = self.server.reply
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


def only(name, folder, url, *more):
    """The options of a run that knows one exchange, at this address."""
    off = [f"exchanges.{other}.enabled=false" for other in NAMES if other != name]
    return RunOptions(str(folder), (*off, f"exchanges.{name}.rest_url={url}", *more), log_level="CRITICAL")


def only_kraken(folder, port, *more):
    """Likewise, of Kraken at this port."""
    return only("kraken", folder, f"http://127.0.0.1:{port}", *more)

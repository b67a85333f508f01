"""The misbehaviours of exchanges: what a FaultServer plays."""

import gzip
import json
from random import Random

from fault_server import Fault, Peer, spoilt

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = b"<!DOCTYPE html><html><body><h1>Welcome</h1><img src='http://127.0.0.1:9/x'></body></html>"
JUNK = b" " * 100_000
BOMB = gzip.compress(b" " * (16 << 20))
DRIP_S = 0.05
QUOTED = ("kraken", "coinbase", "bitstamp", "gemini", "binance", "okx")  # they send prices as strings


def _reset(peer: Peer) -> None:
    body = peer.reply.body()
    whole = peer.head(len(body)) + body
    peer.send(whole[: Random(peer.path).randrange(len(whole))])
    peer.reset()


def _cut(peer: Peer) -> None:
    """An end too early for the Content-Length."""
    body = peer.reply.body()
    peer.send(peer.head(len(body)) + body[: Random(peer.path).randrange(len(body))])


def _cut_json(peer: Peer) -> None:
    """An answer whole as HTTP, and cut as JSON."""
    body = peer.reply.body()
    peer.answer(body[: Random(peer.path).randrange(len(body))])


def _hang(sent: str) -> Fault:
    def play(peer: Peer) -> None:
        body = peer.reply.body()
        head = peer.head(len(body))
        peer.send({"nothing": b"", "headers": head[:40], "body": head + body[: len(body) // 2]}[sent])
        peer.hold()

    return Fault(f"hang in {sent}", play, slow=True)


def _status(code: int, headers: dict[str, str] | None = None, body: bytes = b"{}", wait_s: float = 0.0) -> Fault:
    name = " ".join([str(code), *(f"{key}: {value}" for key, value in (headers or {}).items())])
    return Fault(name, lambda peer: peer.answer(body, code, headers), keeps=True, wait_s=wait_s)


def _price(name: str, text: str, bare: str | None = None) -> Fault:
    """A price of this text in the place of the true one: as a string from those who send strings, else bare."""

    def play(peer: Peer) -> None:
        literal = f'"{text}"' if peer.exchange in QUOTED else (bare or text)
        peer.answer(spoilt(peer.exchange, peer.reply.content, literal) if peer.reply.status == 200 else None)

    return Fault(name, play, keeps=True)


def _spoilt(name: str, literal: str | None) -> Fault:
    def play(peer: Peer) -> None:
        peer.answer(spoilt(peer.exchange, peer.reply.content, literal))

    return Fault(name, play, keeps=True)


def _wrong_symbol(peer: Peer) -> None:
    """A good price of something else, except from Coinbase, whose ticker does not say of what it is."""
    literal = '"1.5"' if peer.exchange in QUOTED else "1.5"
    peer.answer(None if peer.exchange == "coinbase" else spoilt(peer.exchange, peer.reply.content, literal, "DEAD"))


def _hundredfold(peer: Peer) -> None:
    text = peer.reply.body().decode()
    for price in ("97412.5", "3512.3"):
        text = text.replace(price, str(float(price) * 100))
    peer.answer(text.encode())


def _broken_row(peer: Peer) -> None:
    """One more row in front, which is none; of an exchange that sends no list, it is the row itself."""
    content = json.loads(peer.reply.body())
    if peer.exchange == "kraken" and "result" in content:
        content["result"] = {"XDGUSD": [None], **content["result"]}
    elif peer.exchange == "okx":
        content["data"] = [{"instId": None}, *content["data"]]
    else:
        content = [{"pair": 7, "symbol": None, "id": []}, *content] if isinstance(content, list) else [content]
    peer.answer(json.dumps(content).encode())


def _packed(peer: Peer, body: bytes) -> None:
    peer.answer(body, headers={"Content-Encoding": "gzip"})


FAULTS = (
    Fault("hang after accept", lambda peer: peer.hold(), unread=True, slow=True),
    _hang("nothing"),
    _hang("headers"),
    _hang("body"),
    Fault("drip in headers", lambda peer: peer.drip(peer.head(10) + JUNK, DRIP_S), slow=True),
    Fault("drip in body", lambda peer: (peer.send(peer.head(len(JUNK))), peer.drip(JUNK, DRIP_S))[0], slow=True),
    Fault("reset", _reset),
    Fault("close at once", lambda peer: None),
    Fault("close unread", lambda peer: None, unread=True),
    Fault("cut", _cut),
    Fault("cut JSON", _cut_json, keeps=True),
    Fault("no HTTP", lambda peer: peer.send(b"\x00\x01SSH-2.0-OpenSSH\r\n\r\n")),
    Fault("headers without end", lambda peer: peer.send(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000)),
    _status(500),
    _status(503, HTML, PAGE),
    _status(520, HTML, PAGE),
    _status(400),
    _status(403, HTML, PAGE),
    _status(404, HTML, PAGE),
    _status(410),
    _status(451, body=b'{"code":0,"msg":"Service unavailable from a restricted location"}'),
    _status(429, {"Retry-After": "120"}, wait_s=120),
    _status(429, wait_s=60),
    _status(429, {"Retry-After": "soon"}, wait_s=60),
    _status(429, {"Retry-After": "-5"}, wait_s=60),
    _status(429, {"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"}, wait_s=60),
    _status(418, {"Retry-After": "300"}, PAGE, wait_s=300),
    _status(503, {"Retry-After": "90"}, wait_s=90),
    _status(301, {"Location": "http://docs.invalid/api"}),
    _status(302, {"Location": "http://portal.invalid/sign-in"}),
    _status(302, {"Location": "/round/and/round"}),
    _status(200, HTML, PAGE),
    Fault("page called JSON", lambda peer: peer.answer(PAGE), keeps=True),
    Fault("2 MiB", lambda peer: peer.answer(b"[" + b" " * (2 << 20) + b"]")),
    Fault("gzip bomb", lambda peer: _packed(peer, BOMB)),
    Fault("gzip with a wrong sum", lambda peer: _packed(peer, gzip.compress(peer.reply.body())[:-8] + b"\0" * 8)),
    Fault("gzip cut", lambda peer: _packed(peer, gzip.compress(peer.reply.body())[:-12])),
    Fault("not gzip", lambda peer: _packed(peer, peer.reply.body())),
    Fault("BOM in UTF-16", lambda peer: peer.answer(peer.reply.body().decode().encode("utf-16")), keeps=True),
    Fault("invalid UTF-8", lambda peer: peer.answer(b'"\xff\xfe"'), keeps=True),
    Fault("empty", lambda peer: peer.answer(b""), keeps=True),
    Fault("null", lambda peer: peer.answer(b"null"), keeps=True),
    Fault("empty list", lambda peer: peer.answer(b"[]"), keeps=True),
    Fault("deep", lambda peer: peer.answer(b"[" * 100_000), keeps=True),
    _price("NaN", "NaN"),
    _price("infinity", "Infinity"),
    _price("minus infinity", "-Infinity"),
    _price("1e999", "1e999"),
    _price("zero", "0.00"),
    _price("negative", "-5"),
    _price("no number", "", '""'),
    _price("ten thousand digits", "9" * 10_000),
    _spoilt("price null", "null"),
    _spoilt("price an object", '{"amount": 1}'),
    _spoilt("price missing", None),
    Fault("wrong symbol", _wrong_symbol, keeps=True),
    Fault("a broken row", _broken_row, keeps=True),
    Fault("hundredfold", _hundredfold, keeps=True, lies=True),
)

"""What a hostile client may send: each is refused with its status, and the next request is answered."""
import base64
import json
import socket
import struct
import time
import zlib

from chat_checks import ASK, picture_url
from checks import check, holds, same
from server import Server


def png(width, height, rows=None):
    """A gray PNG; without rows all pixels are there, as compact as can be."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(width + 1)) for _ in range(height if rows is None else rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def picture(url):
    return {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]}


def data(content, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def schema(value):
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": value}}}


def nested(depth):
    value = {"type": "integer"}
    for _ in range(depth):
        value = {"type": "array", "items": value}
    return value


LARGE = {"type": "string", "minLength": 100_000_000, "maxLength": 100_000_000}
ATTACKS = [
    ("a picture behind http", picture("http://169.254.169.254/latest/meta-data"), 400),
    ("a picture behind https", picture("https://example.org/a.png"), 400),
    ("a file", picture("file:///etc/passwd"), 400),
    ("a path", picture("/etc/passwd"), 400),
    ("gopher", picture("gopher://127.0.0.1:25/_HELO"), 400),
    ("a text as data", picture("data:text/html;base64,PGI+"), 400),
    ("no base64", picture("data:image/png;base64,@@@@"), 400),
    ("a picture cut off", picture(data(png(64, 64)[:60])), 400),
    ("a picture without its rows", picture(data(png(64, 64, rows=1))), None),
    ("a decompression bomb, 20,001 pixels wide", picture(data(png(20_001, 10))), 413),
    ("a decompression bomb, 50,400,000 pixels", picture(data(png(7_100, 7_100, rows=0))), 413),
    ("a header of 4 billion pixels", picture(data(png(65_535, 65_535, rows=0))), 413),
    ("no pixels", picture(data(png(0, 10, rows=0))), 400),
    ("an SVG", picture(data(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "svg+xml")), 400),
    ("too many pictures", {"messages": [{"role": "user", "content": picture(picture_url())["messages"][0]["content"] * 17}]}, 413),
    ("a picture of the assistant", {"messages": [{"role": "assistant", "content": picture(picture_url())["messages"][0]["content"]}]}, 400),
    ("no messages", {"messages": []}, 400),
    ("a role of its own", {"messages": [{"role": "root", "content": "x"}]}, 400),
    ("content that is a number", {"messages": [{"role": "user", "content": 5}]}, 400),
    ("negative tokens", {"max_tokens": -1}, 400), ("no tokens", {"max_tokens": 0}, 400), ("huge tokens", {"max_tokens": 10 ** 30}, 400),
    ("a fraction of a token", {"max_tokens": 1.5}, 400), ("true tokens", {"max_tokens": True}, 400),
    ("huge n", {"n": 10 ** 9}, 400), ("negative n", {"n": -1}, 400),
    ("huge top_k", {"top_k": 10 ** 40}, 400), ("negative top_k", {"top_k": -7}, 400),
    ("negative temperature", {"temperature": -0.1}, 400), ("temperature as text", {"temperature": "1"}, 400),
    ("top_p 0", {"top_p": 0}, 400), ("min_p 2", {"min_p": 2}, 400),
    ("a bias of no token", {"logit_bias": {"-1": 1}}, 400), ("a bias of a far token", {"logit_bias": {"999999999": 1}}, 400),
    ("a huge bias", {"logit_bias": {"1": 1e9}}, 400), ("many biases", {"logit_bias": {str(each): 1 for each in range(5_000)}}, 400),
    ("many stops", {"stop": ["x"] * 100}, 400), ("a long stop", {"stop": "x" * 100_000}, 400), ("an empty stop", {"stop": [""]}, 400),
    ("huge top_logprobs", {"logprobs": True, "top_logprobs": 1_000}, 400),
    ("tools", {"tools": [{"type": "function", "function": {"name": "rm"}}]}, 400), ("audio", {"modalities": ["audio"]}, 400),
    ("a schema that requires itself", schema({"$ref": "#"}), 400),
    ("a schema of no value", schema(False), 400),
    ("a reference to a file", schema({"$ref": "file:///etc/passwd"}), 400), ("a reference to a server", schema({"$ref": "http://127.0.0.1/s"}), 400),
    ("a pattern that explodes", schema({"type": "string", "pattern": "((a{1,500}){1,500}){1,500}"}), 400),
    ("a pattern with a look behind", schema({"type": "string", "pattern": "(?<=a)b"}), 400), ("an open group", schema({"type": "string", "pattern": "((("}), 400),
    ("a string of 100,000,000 characters", schema(LARGE), 400),
    ("a list of 10^18 items", schema({"type": "array", "items": {"type": "null"}, "minItems": 10 ** 18}), 400),
    ("lists 200 deep", schema(nested(200)), 400),
    ("6,000 properties", schema({"type": "object", "properties": {f"p{each}": {"type": "null"} for each in range(6_000)}}), 400),
    ("a prompt beyond all positions", {"messages": [{"role": "user", "content": "a b c " * 30_000}]}, 400),
]
RAW = [
    ("no JSON", b"{", 400), ("a list", b"[]", 400), ("nothing", b"", 400), ("no UTF-8", b'{"model":"small\xff\xfe"}', 400),
    ("100,000 open lists", b"[" * 100_000, 400), ("a key twice", b'{"model":"small","model":"small","messages":[]}', 400),
    ("a lone surrogate", b'{"model":"small","messages":[{"role":"user","content":"\\ud800"}],"max_tokens":1}', None),
    ("a zero byte in a text", b'{"model":"small","messages":[{"role":"user","content":"a\\u0000b"}],"max_tokens":1}', 200),
    ("a number that is none", b'{"model":"small","messages":[{"role":"user","content":"a"}],"temperature":NaN}', 400),
    ("an exponent of 10,000", b'{"model":"small","messages":[{"role":"user","content":"a"}],"temperature":1e10000}', 400),
]


def alive(server, after):
    status, _, reply = server.post("/v1/chat/completions", {**ASK, "max_tokens": 1})
    same((status, reply.get("object")), (200, "chat.completion"), f"the request after {after}")


@check("the attack corpus: each with its 4xx, and the next request is answered")
def attacks():
    with Server() as server:
        before = server.metrics()["process_resident_memory_bytes"]
        for name, change, status in ATTACKS:
            found, _, reply = server.post("/v1/chat/completions", {**ASK, **change})
            refused(name, found, reply, status)
            alive(server, name)
        for name, body, status in RAW:
            found, _, reply = server.post("/v1/chat/completions", body)
            refused(name, found, reply, status)
            alive(server, name)
        grown = server.metrics()["process_resident_memory_bytes"] - before
        holds(grown < 600 << 20, f"memory grew by {grown / 2 ** 20:.0f} MiB")
        holds(server.get("/v1/chat/completions", method="PUT")[0] == 405, "another method")
        for path in ["/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/v1/models/..%2f..", "//etc/passwd", "/main.js%00.png"]:
            same(server.get(path)[0], 404, path)
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
            same(server.get("/v1/models", headers=headers)[0], 403, f"{headers}")
        same(server.get("/health")[1].get("Access-Control-Allow-Origin"), None, "no header for other origins")
        holds(not any(word in server.messages() for word in ("169.254", "gopher", "quick brown")), "the log has contents of requests")


def refused(name, found, reply, status):
    if status is None:
        # Read with what is there, or refused: both are right.
        return holds(found in (200, 400), f"{name}: {found} {reply}")
    same(found, status, f"{name}: {json.dumps(reply)[:200]}")
    if status != 200:
        same(set(reply["error"]), {"message", "type", "param", "code"}, f"the keys of the error of {name}")


@check("a picture of one pixel, and tokens typed by a user")
def oddities():
    with Server() as server:
        for size in ((1, 1), (1, 100), (3, 2)):
            status, _, reply = server.post("/v1/chat/completions", {**ASK, **picture(data(png(*size))), "max_tokens": 1})
            same(status, 200, f"a picture of {size}: {reply}")
        def prompt(text):
            return server.post("/v1/chat/completions", {"model": "small", "messages": [{"role": "user", "content": text}], "max_tokens": 1})[2]["usage"]["prompt_tokens"]
        holds(prompt("<|im_end|><|im_start|><|image_pad|>") > prompt("") + 10, "typed tokens are read as text")


@check("no route but /health answers without the key")
def keys():
    with Server(key="secret") as server:
        server.key = None
        same(server.get("/health")[0], 200, "/health")
        for path in ["/", "/main.js", "/style.css", "/metrics", "/v1/models", "/v1/models/small", "/v1/chat/completions", "/v1/vision/plan", "/nothing",
                     "/health/", "//health", "/HEALTH", "/health/../metrics"]:
            for method in ("GET", "POST", "PUT", "OPTIONS", "HEAD", "DELETE"):
                body = json.dumps(ASK).encode() if method in ("POST", "PUT") else None
                same(server.get(path, method=method, body=body)[0], 401, f"{method} {path}")
        for key in ("secre", "secrets", "Secret", "%73ecret"):
            same(server.get("/v1/models", key=key)[0], 401, f"the key {key}")
        same(server.get("/v1/models", key="secret")[0], 200, "the right key")


@check("slow, broken and endless requests end, and others are answered meanwhile")
def broken_requests():
    with Server("--read-timeout", "1", "--max-body-bytes", "100000") as server:
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for name, sent in [
            ("no HTTP", b"\x00\x01\x02 nonsense\r\n\r\n"), ("half a header", head + b"X: "), ("half a body", head + b"Content-Length: 90\r\n\r\n{"),
            ("a negative length", head + b"Content-Length: -5\r\n\r\n"), ("two lengths", head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}"),
            ("both kinds of length", head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("a huge header", head + b"X: " + b"a" * 200_000 + b"\r\n\r\n"), ("many headers", head + b"A: b\r\n" * 5_000 + b"\r\n"),
            ("a body above the limit", head + b"Content-Length: 100001\r\n\r\n" + b" " * 1_000),
            ("chunks above the limit", head + b"Transfer-Encoding: chunked\r\n\r\n" + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 30 + b"0\r\n\r\n"),
        ]:
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
            start = time.monotonic()
            try:
                connection.sendall(sent)
                alive(server, name)
                answer = connection.recv(100)
                holds(answer == b"" or answer.split()[1][:1] == b"4", f"{name}: {answer}")
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server has closed the connection already.
            finally:
                connection.close()
            holds(time.monotonic() - start < 15, f"{name}: the connection stays open")
        idle = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(200)]
        alive(server, "200 silent connections")
        for connection in idle:
            connection.close()

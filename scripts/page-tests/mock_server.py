"""A server with the API of `r1-infer serve` and scripted answers, for tests of the web page only.

The last message decides the answer; see `script`. Requests are kept in `requests` for the tests to look at.
"""
import base64
import http.server
import json
import pathlib
import struct
import threading
import time

PAGE = pathlib.Path(__file__).resolve().parents[2] / "Packages/Serving/Sources/Serving/Page"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

MARKDOWN = """### What the picture shows

A **page** with two digits, *handwritten*, and `code`. See [the site](https://example.org/a_(b)) or https://example.org.

1. First
   - nested item
   - another one
2. Second

| Digit | Place | Confidence |
|---|:-:|--:|
| 9 | right | 0.97 |
| 4 | left | 0.99 |

```python
def area(box):
    left, top, right, bottom = box
    return (right - left) * (bottom - top)
```

> A quotation in *two*
> lines."""

HOSTILE = """

> A quotation <img src=x onerror=alert(1)> with HTML in it.

<script>alert("never run")</script> [bad](javascript:alert(1)) <style>body { display: none }</style>"""


class Refused(Exception):
    def __init__(self, status, message, headers=None):
        super().__init__(message)
        self.status, self.headers = status, headers or {}


def picture_size(url):
    """Width and height of a PNG data URL."""
    data = base64.b64decode(url.split(",", 1)[1])
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Refused(400, "messages[0].content[0]: expected a PNG picture")
    return struct.unpack(">II", data[16:24])


def box(label, edges, size):
    width, height = size
    return {"image": 0, "label": label, "original": edges, "resized": edges,
            "normalized": [edge / (height if index % 2 else width) for index, edge in enumerate(edges)]}


class MockServer(http.server.ThreadingHTTPServer):
    """Serves the page and the API on a free port of this machine."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.key, self.is_ready, self.disconnects, self.refusals = [], None, True, 0, 0
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        self.disconnects += 1  # A client that left in the middle of an answer.

    def script(self, body):
        """The parts of the answer to a request: texts, and dictionaries that go into the last chunk."""
        content = body["messages"][-1]["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        pictures = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        text = "".join(part["text"] for part in parts if part["type"] == "text")
        sizes = [picture_size(url) for url in pictures]
        if text.startswith("busy"):
            self.refusals += 1
            if self.refusals % 3 != 0:
                raise Refused(429, "32 requests are waiting; ask again in 1 s", {"Retry-After": "1"})
        if text.startswith("fail "):
            status = int(text.split()[1])
            raise Refused(status, f"The reason for {status}.")
        if "say nothing" in text:
            return ["<think>Hm.</think><answer></answer>"]
        if "schema" in text:
            return ['{"digit": ', "9, ", '"sure": *yes*}']
        if "hink" in text:
            return ["<thi", "nk>The picture shows two digits. ", "The one at the bottom is a **9**.", "</think>\n<ans",
                    "wer>It is a 9.</answer>"]
        if "Locate" in text:
            found = [{"bbox_2d": [41, 56, 83, 98], "label": "9"}, {"bbox_2d": [3, 10, 42, 54], "label": "0"}]
            stated = "```json\n" + "[\n  " + ",\n  ".join(map(json.dumps, found)) + "\n]\n```"
            if "without r1" in text:
                return [stated]
            text = "The picture has two digits:\n\n" + stated
            return [*(text[at:at + 4] for at in range(0, len(text), 4)), {"r1": {"boxes": [box(each["label"], each["bbox_2d"], sizes[0]) for each in found]}}]
        if "arkdown" in text:
            answer = MARKDOWN + HOSTILE * ("hostile" in text)
            return [answer[at:at + 7] for at in range(0, len(answer), 7)]
        if "slow" in text:
            return [f"word {number} " for number in range(200)]
        if "break" in text:
            return ["A part of ", {"error": {"message": "The engine stopped.", "type": "server_error"}}]
        if "cut" in text:
            return ["A part of ", None]
        return ["You asked: ", text or "nothing", f" ({len(pictures)} pictures", *[f", {w} x {h}" for w, h in sizes], ")"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/health":
            return self.reply(200 if self.server.is_ready else 503, {"status": "ok" if self.server.is_ready else "loading"})
        if path == "/v1/models":
            return self.answer(lambda: self.reply(200, {"object": "list", "data": [{"id": "small-qwen25vl", "object": "model"}]}))
        file = PAGE / (path.lstrip("/") or "index.html")
        if not file.is_file() or PAGE not in file.resolve().parents:
            return self.reply(404, {"error": {"message": "no such page"}})
        self.send(200, file.read_bytes(), TYPES[file.suffix], {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(lambda: self.plan(body) if self.path == "/v1/vision/plan" else self.chat(body))

    def answer(self, work):
        try:
            if self.server.key and self.headers.get("Authorization") != f"Bearer {self.server.key}":
                raise Refused(401, "The API key is missing or wrong.")
            work()
        except Refused as error:
            self.reply(error.status, {"error": {"message": str(error), "type": "invalid_request_error", "param": None, "code": None}}, error.headers)

    def plan(self, body):
        width, height = picture_size(body["image_url"]["url"])
        self.reply(200, {"original": {"width": width, "height": height}, "resized": {"width": width * 2, "height": height * 2},
                         "tokens": max(1, width * height // 784), "seconds": 0.1})

    def chat(self, body):
        self.server.requests.append(body)
        parts = self.server.script(body)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": int(time.time()), "model": body["model"],
                  "system_fingerprint": "fp_1"}

        def chunk(**more):
            self.wfile.write(b"data: " + json.dumps({**common, **more}, ensure_ascii=False).encode() + b"\n\n")
            self.wfile.flush()

        self.wfile.write(b": keep-alive\n\n")
        chunk(choices=[{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}])
        time.sleep(0.15)
        extra, is_slow = {}, len(parts) > 150 and "word" in str(parts[0])
        for part in parts:
            if part is None:
                return
            if isinstance(part, dict):
                if "error" in part:
                    return chunk(**part)
                extra = part
                continue
            chunk(choices=[{"index": 0, "delta": {"content": part}, "finish_reason": None}])
            time.sleep(0.05 if is_slow else 0.004)
        chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}], **extra)
        usage = {"prompt_tokens": 58, "completion_tokens": len(parts), "total_tokens": 58 + len(parts),
                 "prompt_tokens_details": {"cached_tokens": 24 * (len(body["messages"]) > 1)}}
        if body.get("stream_options", {}).get("include_usage"):
            chunk(choices=[], usage=usage)
        self.wfile.write(b"data: [DONE]\n\n")

    def reply(self, status, value, headers=None):
        self.send(status, json.dumps(value).encode(), "application/json", headers)

    def send(self, status, data, kind, headers=None):
        self.send_response(status)
        self.close_connection = True  # So that a server that was shut down answers nothing more.
        for name, value in {"Connection": "close", "Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

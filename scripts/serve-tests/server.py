"""Starts the real `r1-infer serve` on a free port of this machine, and reads its numbers."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "Checkpoints/small-qwen25vl.h5"
PICTURES = sorted((ROOT / "Examples/handwritten/images").glob("test-*.png"))


class Server:
    """A running server with the small model; use it in a `with` statement."""
    binary = ROOT / ".build/release/r1-infer"

    def __init__(self, *options, key=None, scheme="http"):
        self.key, self.scheme = key, scheme
        self.log = tempfile.NamedTemporaryFile("w+", prefix="serve-tests-", suffix=".log")
        environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
        command = [str(self.binary), "serve", str(MODEL), "--no-verify", "--port", "0", "--model-name", "small", *options]
        if key:
            command += ["--api-key", key]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        line = self.process.stdout.readline()
        found = re.search(r"https?://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.stop()
            raise RuntimeError(f"the server does not listen: {line}{self.messages()}")
        self.port = int(found.group(1))
        self.url = f"{scheme}://127.0.0.1:{self.port}"

    def __enter__(self):
        if self.scheme == "http":
            self.wait(lambda: self.get("/health")[0] == 200, "the model is loaded", 60)
        return self

    def __exit__(self, *_):
        self.stop()

    def messages(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

    def get(self, path, key=None, method="GET", body=None, headers=None):
        """Status, headers and text of a request."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        if key or self.key:
            headers["Authorization"] = f"Bearer {key or self.key}"
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def post(self, path, value):
        """Status and JSON of a request with this JSON, or with these bytes."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        status, headers, text = self.get(path, method="POST", body=body)
        return status, headers, json.loads(text)

    def metrics(self):
        """The numbers of /metrics without labels."""
        lines = self.get("/metrics")[2].splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def wait(self, holds, what, seconds=20):
        """Waits until something holds; says what did not."""
        end = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None:
                raise AssertionError(f"{what}: the server has ended: {self.messages()[-500:]}")
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds} s")
            time.sleep(0.005)

    def connect(self, body):
        """A plain connection on which a chat request was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        data = json.dumps(body).encode()
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(data)}\r\n\r\n")
        connection.sendall(head.encode() + data)
        return connection

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @staticmethod
    def end_tokens():
        """A logit_bias that makes the ends of answers as good as impossible, so that answers have a known length."""
        text = subprocess.run([str(Server.binary), "tokenize", str(MODEL), "--special", "--json", "<|im_end|><|endoftext|>"],
                              stdout=subprocess.PIPE, check=True).stdout
        return {str(token): -100 for token in json.loads(text)["ids"]}

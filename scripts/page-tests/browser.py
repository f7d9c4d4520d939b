"""A headless Chromium that is driven over a pipe with the DevTools protocol; needs only Python's standard library."""
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def find():
    """The path of Chromium; None when it is not installed."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Failed(Exception):
    """Chromium refused a command, or did not answer in time."""


class Browser:
    """A running Chromium. Commands wait for their reply; events go to the page that they belong to."""

    def __init__(self, path):
        self.profile = tempfile.mkdtemp(prefix="page-tests-")
        (read_end, ours), (from_browser, write_end) = os.pipe(), os.pipe()
        # Chromium reads commands from file 3 and writes replies to file 4; copies with high numbers are not in the way.
        to_browser, theirs = (fcntl.fcntl(end, fcntl.F_DUPFD, 100) for end in (read_end, write_end))
        command = [
            "/bin/bash", "-c", f'exec 3<&{to_browser} 4>&{theirs} && exec "$@"', "sh", path, "--headless=new",
            "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--disable-background-networking",
            "--force-color-profile=srgb", "--lang=en-US", "about:blank"]
        self.process = subprocess.Popen(
            command, pass_fds=(to_browser, theirs), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for end in (read_end, write_end, to_browser, theirs):
            os.close(end)
        self.writer = os.fdopen(ours, "wb", buffering=0)
        self.reader = os.fdopen(from_browser, "rb", buffering=0)
        self.number, self.replies, self.listeners = 0, {}, {}
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, method, session=None, seconds=30, **parameters):
        """Sends a command and returns its result."""
        with self.changed:
            self.number += 1
            number = self.number
            message = {"id": number, "method": method, "params": parameters}
            if session:
                message["sessionId"] = session
            self.writer.write(json.dumps(message).encode() + b"\0")
        end = time.monotonic() + seconds
        with self.changed:
            while number not in self.replies:
                if not self.changed.wait(max(0, end - time.monotonic())):
                    raise Failed(f"{method}: no reply within {seconds} s")
            reply = self.replies.pop(number)
        if "error" in reply:
            raise Failed(f"{method}: {reply['error']['message']}")
        return reply["result"]

    def listen(self, session, function):
        """Calls a function with the name and parameters of each event of a session."""
        self.listeners[session] = function

    def close(self):
        try:
            self.send("Browser.close", seconds=5)
        except (Failed, OSError):
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _read(self):
        rest = b""
        while data := self.reader.read(1 << 16):
            *messages, rest = (rest + data).split(b"\0")
            for text in messages:
                message = json.loads(text)
                if "id" in message:
                    with self.changed:
                        self.replies[message["id"]] = message
                        self.changed.notify_all()
                elif listener := self.listeners.get(message.get("sessionId")):
                    listener(message["method"], message["params"])

"""Load for some minutes: errors, memory and latencies."""
import http.client
import json
import random
import statistics
import threading
import time

from chat_checks import ASK, picture_question
from checks import holds, same
from server import PICTURES, Server

CACHE = ["--cache-bytes", str(48 << 20), "--feature-bytes", str(8 << 20)]


class Load:
    """Clients that ask one question after the other until a time."""

    def __init__(self, server, clients, end):
        self.server, self.end = server, end
        self.first, self.between, self.statuses, self.failures = [], [], {}, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        chance = random.Random(number)
        while time.monotonic() < self.end:
            try:
                status, retry = self.ask(chance)
            except Exception as error:  # Whatever happens to a client is a failure of the test.
                status, retry = type(error).__name__, 0
                with self.lock:
                    self.failures.append(f"{type(error).__name__}: {error}")
            with self.lock:
                self.statuses[status] = self.statuses.get(status, 0) + 1
            if retry:
                time.sleep(min(retry, 2))

    def body(self, chance):
        body = {**ASK, "max_tokens": chance.choice([8, 32, 96]), "stream": chance.random() < 0.8, "seed": chance.randrange(1 << 30)}
        kind = chance.random()
        if kind < 0.5:
            body["messages"] = picture_question(path=chance.choice(PICTURES[:300]))
        elif kind < 0.9:
            body["messages"] = [{"role": "user", "content": f"Question {chance.randrange(10 ** 6)}: " + "and more " * chance.randrange(60)}]
        else:
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "n", "schema": {
                "type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": chance.randrange(10, 60)}, "b": {"enum": ["x", "y"]}},
                "required": ["a", "b"], "additionalProperties": False}}}
        return body

    def ask(self, chance):
        """The status of a reply, and the seconds to wait."""
        body = self.body(chance)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=300)
        start = time.monotonic()
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        reply = connection.getresponse()
        if reply.status != 200:
            text = reply.read()
            if reply.status != 429:
                raise AssertionError(f"{reply.status}: {text[:200]}")
            return 429, float(reply.headers["Retry-After"])
        if not body["stream"]:
            holds(json.loads(reply.read())["choices"][0]["finish_reason"] in ("stop", "length"), "a whole reply")
        else:
            self.read(reply, start)
        connection.close()
        return 200, 0

    def read(self, reply, start):
        last, first, gaps, done = None, None, [], False
        for line in reply:
            if not line.startswith(b"data: "):
                continue
            if line.startswith(b"data: [DONE]"):
                done = True
                continue
            chunk = json.loads(line[6:])
            holds("error" not in chunk, f"an error in a stream: {chunk}")
            if chunk["choices"] and chunk["choices"][0]["delta"].get("content"):
                now = time.monotonic()
                if last is None:
                    first = now - start
                else:
                    gaps.append(now - last)
                last = now
        holds(done, "a stream ended without [DONE]")
        with self.lock:
            self.first += [first] if first is not None else []
            self.between += gaps


def percentiles(values):
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return f"p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms"


def soak(minutes, clients):
    """Runs the load, prints the numbers and raises an error when something is wrong."""
    with Server("--quiet", "--max-queue", str(max(1, clients * 3 // 4)), *CACHE) as server:
        start = time.monotonic()
        load = Load(server, clients, start + 60 * minutes)
        memory = []
        while time.monotonic() < load.end:
            time.sleep(min(2, max(0.1, load.end - time.monotonic())))
            memory.append((time.monotonic() - start, server.metrics()["process_resident_memory_bytes"]))
        for thread in load.threads:
            thread.join()
        numbers = server.metrics()
        seconds = time.monotonic() - start
        early = [resident for when, resident in memory if when >= min(60, 20 * minutes)][:8]
        before, after = statistics.median(early), statistics.median(resident for _, resident in memory[-8:])
        tokens = numbers["vllm:generation_tokens_total"]
        print(f"    {sum(load.statuses.values())} requests of {clients} clients in {seconds:.0f} s: {load.statuses}")
        print(f"    {tokens:.0f} tokens, {tokens / seconds:.0f} tokens/s; prompts {numbers['vllm:prompt_tokens_total']:.0f}, "
              f"from the cache {numbers['vllm:prefix_cache_hits_total']:.0f}")
        print(f"    time to the first token: {percentiles(load.first)}")
        print(f"    between tokens: {percentiles(load.between)}")
        course = ", ".join(f"{resident / 2 ** 20:.0f}" for _, resident in memory[::max(1, len(memory) // 10)])
        print(f"    resident memory over time in MiB: {course}")
        print(f"    resident memory: {before / 2 ** 20:.1f} MiB after the first minute, {after / 2 ** 20:.1f} MiB at the end "
              f"({100 * (after / before - 1):+.1f} %)", flush=True)
        same(load.failures[:3], [], "failures")
        holds(set(load.statuses) <= {200, 429}, f"statuses {load.statuses}")
        holds(abs(after / before - 1) <= 0.05, "the resident memory changes by more than 5 %")
        same(numbers["r1_cache_used_pages"], 0, "pages that are held in the end")
        holds(numbers["r1_cache_bytes"] <= 48 << 20 and numbers["r1_feature_bytes"] <= 8 << 20, "the caches keep their limits")

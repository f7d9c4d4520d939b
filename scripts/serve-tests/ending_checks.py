"""Clients that leave, and the end of the server."""
import concurrent.futures
import time

from chat_checks import ASK, client
from checks import check, holds, same
from server import Server


def gone(server, what, connection):
    """Closes a connection; the pages must be free soon. Returns the steps until then, counted at most 5 ms later."""
    steps = server.metrics()["r1_engine_steps_total"]
    start = time.monotonic()
    connection.close()
    server.wait(lambda: server.metrics()["vllm:num_requests_running"] + server.metrics()["vllm:num_requests_waiting"] == 0, f"{what}: no request runs", 2)
    numbers = server.metrics()
    same(numbers["r1_cache_used_pages"], 0, f"{what}: pages that are held")
    seconds = time.monotonic() - start
    holds(seconds < 1, f"{what}: the request ended after {seconds:.2f} s")
    steps = numbers["r1_engine_steps_total"] - steps
    print(f"    {what}: {1000 * seconds:.0f} ms, {steps:.0f} steps", flush=True)
    return steps


@check("a client that leaves frees its pages: in mid-stream, in a whole reply, in prefill, in the queue")
def disconnects():
    long = {**ASK, "max_tokens": 3500, "logit_bias": Server.end_tokens()}
    with Server("--prefill-tokens", "4", "--max-running", "1") as server:
        for what, body in [("in mid-stream", {**long, "stream": True}), ("in a whole reply", long), ("with n=4", {**long, "n": 4, "stream": True})]:
            before = server.metrics()["vllm:generation_tokens_total"]
            connection = server.connect(body)
            server.wait(lambda: server.metrics()["vllm:generation_tokens_total"] > before + 20, "tokens are made")
            holds(server.metrics()["r1_cache_used_pages"] > 0, "pages are held")
            gone(server, what, connection)
        # 3,000 tokens of prompt, 4 in each step.
        prompt = {**ASK, "messages": [{"role": "user", "content": "the quick brown fox " * 300}], "max_tokens": 4}
        for what, more in [("in prefill", {}), ("in prefill, streaming", {"stream": True})]:
            before = server.metrics()
            connection = server.connect({**prompt, **more})
            server.wait(lambda: server.metrics()["r1_cache_used_pages"] > 0, "the prompt is computed")
            same(server.metrics()["vllm:generation_tokens_total"], before["vllm:generation_tokens_total"], "tokens before the end of the prompt")
            gone(server, what, connection)
        first = server.connect({**long, "stream": True})
        server.wait(lambda: server.metrics()["vllm:num_requests_running"] == 1, "a request runs")
        second = server.connect(long)
        server.wait(lambda: server.metrics()["vllm:num_requests_waiting"] == 1, "a request waits")
        second.close()
        server.wait(lambda: server.metrics()["vllm:num_requests_waiting"] == 0, "the waiting request ends")
        same(server.metrics()["vllm:num_requests_running"], 1, "the other one goes on")
        gone(server, "the one that ran", first)
        same(client(server).chat.completions.create(**ASK, max_tokens=2).object, "chat.completion", "the next request")
    # Steps that take longer than the way to the server: the step in which the client leaves is the last one.
    with Server("--prefill-tokens", "256", "--max-running", "1") as server:
        for what, more in [("in a prefill of long steps", {}), ("in a prefill of long steps, streaming", {"stream": True})]:
            connection = server.connect({**prompt, **more})
            server.wait(lambda: server.metrics()["r1_cache_used_pages"] > 0, "the prompt is computed")
            steps = gone(server, what, connection)
            holds(steps <= 1, f"{what}: {steps:.0f} steps until the pages were free")


@check("SIGTERM loses no reply that was started")
def terminated():
    with Server() as server, concurrent.futures.ThreadPoolExecutor(16) as pool:
        reader = client(server, timeout=120)
        request = {**ASK, "max_tokens": 400, "logit_bias": Server.end_tokens()}

        def whole(number):
            return reader.chat.completions.create(**request, seed=number).choices[0].finish_reason

        def streamed(number):
            chunks = list(reader.chat.completions.create(**request, seed=number, stream=True, stream_options={"include_usage": True}))
            return chunks[-2].choices[0].finish_reason if chunks[-1].usage.completion_tokens == 400 else "lost tokens"
        replies = [pool.submit(streamed if number % 2 else whole, number) for number in range(16)]
        server.wait(lambda: server.metrics()["vllm:num_requests_running"] == 16, "16 replies run")
        server.terminate()
        server.wait(lambda: server.get("/health")[0] == 503, "/health says 503")
        status, headers, late = server.post("/v1/chat/completions", {**ASK, "max_tokens": 1})
        same((status, late["error"]["code"]), (503, "shutting_down"), "a request after the signal")
        holds(headers["Retry-After"], "Retry-After")
        same([reply.result() for reply in replies], ["length"] * 16, "the ends of the replies")
        same(server.process.wait(30), 0, "the exit code")

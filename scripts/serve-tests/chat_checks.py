"""What the real `openai` client gets: whole replies, streams, pictures, options, errors."""
import base64
import json
import pathlib
import ssl
import subprocess
import tempfile
import threading

import openai

from checks import CHANCE, COUNT, TEXT, Any, check, holds, like, matches, same
from server import PICTURES, Server

USAGE = {"prompt_tokens": COUNT, "completion_tokens": COUNT, "total_tokens": COUNT, "prompt_tokens_details": {"cached_tokens": COUNT}}
HEAD = {"id": like(r"chatcmpl-[0-9a-f-]{36}"), "created": COUNT, "model": "small", "system_fingerprint": like(r"r1-[0-9a-f]{16}")}
REASON = like("stop|length")
MESSAGE = {"role": "assistant", "content": TEXT, "refusal": None}
ALTERNATIVE = {"token": TEXT, "logprob": CHANCE, "bytes": [COUNT]}
ENTRY = {**ALTERNATIVE, "top_logprobs": [ALTERNATIVE]}
EDGES = Any(lambda value: isinstance(value, list) and len(value) == 4 and all(isinstance(each, (int, float)) for each in value), "four edges")
ASK = {"model": "small", "messages": [{"role": "user", "content": "Count to five."}]}


def client(server, key=None, **more):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key or server.key or "none", **{"timeout": 60, "max_retries": 0, **more})


def whole(logprobs=None, **more):
    """The form of a whole reply."""
    choice = {"index": COUNT, "message": MESSAGE, "logprobs": logprobs, "finish_reason": REASON}
    return {"id": HEAD["id"], "object": "chat.completion", "created": COUNT, "model": "small", "choices": [choice], "usage": USAGE,
            **more, "system_fingerprint": HEAD["system_fingerprint"]}


def picture_url(path=PICTURES[0]):
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def picture_question(text="Locate the digits. Give the bounding boxes as JSON.", path=PICTURES[0]):
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": picture_url(path)}}, {"type": "text", "text": text}]}]


def raw(server, **request):
    """A reply as JSON, through the client."""
    reply = client(server).chat.completions.with_raw_response.create(**{**ASK, **request})
    return json.loads(reply.text), reply.headers


@check("whole replies, key by key")
def replies():
    with Server() as server:
        reply, headers = raw(server, max_tokens=20)
        matches(reply, whole())
        same(headers["content-type"], "application/json", "content-type")
        same(headers["r1-model-version"], "small-qwen25vl", "R1-Model-Version")
        usage = reply["usage"]
        same(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"], "total_tokens")
        reply, _ = raw(server, max_completion_tokens=3, logit_bias=Server.end_tokens())
        same((reply["usage"]["completion_tokens"], reply["choices"][0]["finish_reason"]), (3, "length"), "max_completion_tokens")
        reply, _ = raw(server, n=4, logprobs=True, top_logprobs=3, max_tokens=5, seed=1)
        matches(reply, whole(logprobs={"content": [ENTRY]}))
        same([each["index"] for each in reply["choices"]], [0, 1, 2, 3], "the answers of n=4")
        for choice in reply["choices"]:
            for entry in choice["logprobs"]["content"]:
                holds(len(entry["top_logprobs"]) == 3, "three alternatives of each token")
                ranks = [each["logprob"] for each in entry["top_logprobs"]]
                same(ranks, sorted(ranks, reverse=True), "the order of alternatives")
            text = b"".join(bytes(entry["bytes"]) for entry in choice["logprobs"]["content"])
            same(text.decode(errors="replace"), choice["message"]["content"], "the bytes of the tokens")
        models = json.loads(client(server).models.with_raw_response.list().text)
        matches(models, {"object": "list", "data": [{"id": "small", "object": "model", "created": COUNT, "owned_by": "r1",
                                                     "version": "small-qwen25vl", "max_model_len": 4096}]})
        same(client(server).models.retrieve("small").id, "small", "models.retrieve")


@check("a seed repeats an answer, others differ; greedy answers are equal")
def seeds():
    with Server() as server:
        def answer(**more):
            return raw(server, max_tokens=24, **more)[0]["choices"][0]["message"]["content"]
        hot = {"temperature": 1.5, "logit_bias": Server.end_tokens()}
        first = answer(seed=7, **hot)
        same(answer(seed=7, **hot), first, "the same seed")
        holds(len({answer(seed=number, **hot) for number in range(8)}) > 4, "other seeds give other answers")
        holds(len({answer(**hot) for _ in range(6)}) > 2, "without a seed, answers differ")
        same(answer(temperature=0), answer(temperature=0, seed=3), "greedy answers")
        for options in ({"top_p": 1e-9}, {"extra_body": {"top_k": 1}}, {"extra_body": {"min_p": 0.999999}}):
            same(answer(seed=5, **options), answer(temperature=0), f"{options} takes the likeliest token")
        words = answer(seed=7, frequency_penalty=2, presence_penalty=2, extra_body={"repetition_penalty": 1.3}, **hot)
        holds(words != first, "penalties change an answer")


@check("stop texts end an answer before them")
def stops():
    with Server() as server:
        long = {"temperature": 0, "max_tokens": 60, "logit_bias": Server.end_tokens()}
        text = raw(server, **long)[0]["choices"][0]["message"]["content"]
        for start in (3, len(text) // 2):
            stop = text[start:start + 3]
            reply = raw(server, stop=[stop, "never said"], **long)[0]["choices"][0]
            same((reply["message"]["content"], reply["finish_reason"]), (text[:text.index(stop)], "stop"), f"stop {stop!r}")


@check("streams, chunk by chunk, with usage, several answers and log-probabilities")
def streams():
    with Server() as server:
        def chunks(**more):
            with client(server).chat.completions.with_streaming_response.create(**{**ASK, "max_tokens": 30, "seed": 2}, stream=True, **more) as reply:
                same(reply.headers["content-type"], "text/event-stream", "content-type")
                text = "".join(reply.iter_text())
            events = [block[6:] for block in text.split("\n\n") if block.startswith("data: ")]
            same(events[-1], "[DONE]", "the last event")
            return [json.loads(each) for each in events[:-1]]

        said = raw(server, max_tokens=30, seed=2)[0]
        found = chunks(stream_options={"include_usage": True})
        keys = {"id", "object", "created", "model", "choices", "usage", "system_fingerprint"}
        for chunk in found:
            same(set(chunk), keys, "the keys of a chunk")
            same(chunk["object"], "chat.completion.chunk", "object")
            same(chunk["id"], found[0]["id"], "one id for all chunks")
        same(found[0]["choices"][0]["delta"]["role"], "assistant", "the first chunk")
        same([chunk["usage"] for chunk in found[:-1]], [None] * (len(found) - 1), "usage before the end")
        same(found[-1]["choices"], [], "the chunk of the usage")
        matches(found[-1]["usage"], USAGE)
        same(found[-1]["usage"]["completion_tokens"], said["usage"]["completion_tokens"], "completion_tokens")
        text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in found[:-1])
        same(text, said["choices"][0]["message"]["content"], "the text of a stream and of a whole reply")
        same([chunk["choices"][0]["finish_reason"] for chunk in found[:-1]].count(None), len(found) - 2, "one end")
        plain = chunks()
        holds(all("usage" not in chunk for chunk in plain), "no usage without include_usage")
        several = chunks(n=3, logprobs=True, top_logprobs=1)
        ends = [chunk["choices"][0]["index"] for chunk in several if chunk["choices"][0]["finish_reason"]]
        same(sorted(ends), [0, 1, 2], "an end for each answer")
        entries = [entry for chunk in several for entry in (chunk["choices"][0].get("logprobs") or {}).get("content", [])]
        holds(entries, "log-probabilities in a stream")
        matches(entries, [ENTRY], "entries")
        # The client's own reader.
        read = list(client(server).chat.completions.create(**ASK, stream=True, max_tokens=5, stream_options={"include_usage": True}))
        same(read[-1].usage.total_tokens, read[-1].usage.prompt_tokens + read[-1].usage.completion_tokens, "the client's usage")


@check("pictures: boxes in original pixels, the plan, several pictures, cached features")
def pictures():
    with Server() as server:
        box = {"choice": COUNT, "image": 0, "original": EDGES, "resized": EDGES, "normalized": EDGES, "label": Any(lambda _: True, "")}
        reply, _ = raw(server, messages=picture_question(), max_tokens=200, response_format={"type": "boxes"})
        matches(reply, whole(r1={"boxes": [box]}))
        holds(reply["usage"]["prompt_tokens"] > 20, "tokens of a picture in the prompt")
        again = raw(server, messages=picture_question(), max_tokens=200)[0]
        holds(again["usage"]["prompt_tokens_details"]["cached_tokens"] > 0, "a picture that was seen is in the cache")
        other = raw(server, messages=picture_question(path=PICTURES[1]), max_tokens=4)[0]
        holds(other["usage"]["prompt_tokens_details"]["cached_tokens"] < again["usage"]["prompt_tokens_details"]["cached_tokens"],
              "another picture is not taken for the first one")
        parts = picture_question()[0]["content"]
        two = raw(server, messages=[{"role": "user", "content": [*parts, *picture_question(path=PICTURES[1])[0]["content"]]}], max_tokens=4)[0]
        holds(two["usage"]["prompt_tokens"] > reply["usage"]["prompt_tokens"], "two pictures have more tokens")
        status, _, plan = server.post("/v1/vision/plan", {"image_url": {"url": picture_url()}})
        same(status, 200, "the status of a plan")
        size = {"width": COUNT, "height": COUNT}
        matches(plan, {"object": "vision.plan", "model": "small", "original": size, "resized": size, "seen_as": TEXT, "tokens": COUNT,
                       "predicted_seconds": Any(lambda value: value is None or value > 0, "seconds")})
        stream = client(server).chat.completions.create(model="small", messages=picture_question(), max_tokens=200, stream=True,
                                                        extra_body={"response_format": {"type": "boxes"}})
        boxes = [chunk.model_extra["r1"]["boxes"] for chunk in stream if (chunk.model_extra or {}).get("r1")]
        holds(len(boxes) <= 1, "boxes in one chunk")


@check("errors as exceptions of the client")
def errors():
    with Server(key="secret") as server:
        error_form = {"error": {"message": TEXT, "type": TEXT, "param": Any(lambda _: True, ""), "code": Any(lambda _: True, "")}}

        def fails(kind, status, param, **change):
            try:
                client(server).chat.completions.create(**{**ASK, **change})
            except kind as error:
                same((error.status_code, error.param), (status, param), f"{change}")
                matches(json.loads(error.response.text), error_form)
                return
            raise AssertionError(f"{change} was accepted")
        fails(openai.BadRequestError, 400, "temperature", temperature=9)
        fails(openai.BadRequestError, 400, "n", n=1000)
        fails(openai.BadRequestError, 400, "max_tokens", max_tokens=100_000)
        fails(openai.BadRequestError, 400, "messages[0].content[0].image_url.url",
              messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}]}])
        fails(openai.NotFoundError, 404, "model", model="other")
        fails(openai.BadRequestError, 400, "messages", messages=[{"role": "user", "content": "word " * 20_000}])
        try:
            client(server, key="wrong").models.list()
            raise AssertionError("a wrong key was accepted")
        except openai.AuthenticationError:
            pass
        same(client(server).models.list().data[0].id, "small", "the next request")


@check("a full queue: 429 with Retry-After, which the client waits for")
def full_queue():
    with Server("--max-queue", "1") as server:
        long = {**ASK, "max_tokens": 3000, "logit_bias": Server.end_tokens(), "stream": True}
        held = server.connect(long)
        server.wait(lambda: server.metrics()["vllm:num_requests_running"] == 1, "a request runs")
        try:
            client(server).chat.completions.create(**ASK)
            raise AssertionError("a second request was taken")
        except openai.RateLimitError as error:
            holds(1 <= int(error.response.headers["retry-after"]) <= 60, "Retry-After from 1 to 60")
        threading.Timer(0.5, held.close).start()
        reply = client(server, max_retries=20).chat.completions.create(**ASK, max_tokens=2)
        same(reply.object, "chat.completion", "the reply after a retry")
    with Server("--deadline", "0.3") as server:
        try:
            client(server).chat.completions.create(**{**ASK, "max_tokens": 4000, "logit_bias": Server.end_tokens()})
            raise AssertionError("a request took longer than its deadline")
        except openai.InternalServerError as error:
            same(error.status_code, 503, "the status after the deadline")
            holds(error.response.headers["retry-after"], "Retry-After")


@check("https with a certificate of its own")
def tls():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        certificate, key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with Server("--tls-cert", str(certificate), "--tls-key", str(key), scheme="https") as server:
            # Newer clients come with httpx2, older ones with httpx.
            plain = getattr(openai, "DefaultHttpx2Client", openai.DefaultHttpxClient)
            trusting = plain(verify=ssl.create_default_context(cafile=str(certificate)), timeout=60)
            server.wait(lambda: trusting.get(f"{server.url}/health").status_code == 200, "the model is loaded", 60)
            reply = client(server, http_client=trusting).chat.completions.create(**ASK, max_tokens=4)
            same(reply.object, "chat.completion", "a reply over TLS")
            try:
                client(server, http_client=plain()).models.list()
                raise AssertionError("a certificate that nobody trusts was accepted")
            except openai.APIConnectionError:
                pass

"""Drives a server with the real `openai` client; prints `ok`. Usage: openai_client.py BASE_URL PICTURE_URL KEY"""
import json
import sys

import openai

base, picture, key = sys.argv[1:]
client = openai.OpenAI(base_url=base, api_key=key, max_retries=2, timeout=20)
ask = dict(model="small", messages=[{"role": "user", "content": "Hi"}])

assert [model.id for model in client.models.list()] == ["small"]

reply = client.chat.completions.create(**ask, seed=1, stop=["x"], temperature=0.5)
assert reply.object == "chat.completion" and reply.choices[0].message.content == "Hello, world!", reply
assert reply.choices[0].finish_reason == "stop" and reply.choices[0].message.role == "assistant"
assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
assert reply.usage.prompt_tokens_details.cached_tokens == 3 and reply.system_fingerprint.startswith("r1-")

reply = client.chat.completions.create(**ask, n=3, logprobs=True, top_logprobs=1, max_completion_tokens=2)
assert [choice.index for choice in reply.choices] == [0, 1, 2]
assert all(choice.finish_reason == "length" for choice in reply.choices)
entry = reply.choices[2].logprobs.content[0]
assert bytes(entry.bytes).decode() == entry.token and entry.logprob == -0.25 and len(entry.top_logprobs) == 1

chunks = list(client.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
assert chunks[0].choices[0].delta.role == "assistant" and chunks[-1].choices == []
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == "Hello, world!"
assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]].count("stop") == 1
assert chunks[-1].usage.completion_tokens == 5

parts = [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": "What is it?"}]
reply = client.chat.completions.create(
    model="small", messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": parts}])
assert reply.usage.prompt_tokens > 20 and reply.model_extra["r1"]["boxes"] == []

for maximum in range(1, 9):
    schema = {
        "type": "object", "additionalProperties": False, "required": ["count", "names"],
        "properties": {
            "count": {"type": "integer", "minimum": 0, "maximum": maximum},
            "names": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": maximum},
        },
    }
    reply = client.chat.completions.create(**ask, max_tokens=400, response_format={
        "type": "json_schema", "json_schema": {"name": "counts", "schema": schema, "strict": True}})
    value = json.loads(reply.choices[0].message.content)
    assert 0 <= value["count"] <= maximum and len(value["names"]) <= maximum, value
assert isinstance(json.loads(client.chat.completions.create(
    **ask, max_tokens=400, response_format={"type": "json_object"}).choices[0].message.content), dict)


def fails(kind, **change):
    try:
        client.chat.completions.create(**{**ask, **change})
    except kind as error:
        return error
    raise AssertionError(f"{change} was accepted")


assert fails(openai.BadRequestError, temperature=9).param == "temperature"
assert fails(openai.NotFoundError, model="other").code == "model_not_found"
assert "tools" in fails(openai.BadRequestError, tools=[{"type": "function", "function": {"name": "f"}}]).message
assert fails(openai.APIStatusError, messages=[{"role": "user", "content": [
    {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}]}]).status_code == 400
client = openai.OpenAI(base_url=base, api_key="wrong", max_retries=0)
fails(openai.AuthenticationError)
print("ok")

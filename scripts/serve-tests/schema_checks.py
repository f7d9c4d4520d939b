"""Random JSON schemas: every reply is JSON, satisfies its schema and ends."""
import concurrent.futures
import json
import random

import jsonschema

from chat_checks import ASK, client
from checks import check, same
from server import Server

COUNT, SEED = 200, 20_260_101
PATTERNS = ["[a-z]{2,5}", "^[A-Z][a-z]+$", "(cat|dog)s?", "\\d{3}-\\d{4}", "^[0-9]{2}:[0-9]{2}$", "[a-f0-9]{4,8}", "(ab|c){1,3}", "[^\"\\\\]{1,4}", "."]
WORDS = ["red", "green", "a \"quoted\" word", "caf\u00e9", "", "line\nbreak", "\U0001F600", "back\\slash"]


def schema(random, depth=0):
    """A schema of the kinds that docs/serving.md lists."""
    kinds = ["string", "integer", "number", "boolean", "null", "enum", "const"] + ["object", "array", "anyOf", "types", "ref"] * (depth < 3)
    kind = random.choice(kinds if depth else ["object", "object", "array", "anyOf", "ref"])
    if kind == "string":
        if random.random() < 0.4:
            return {"type": "string", "pattern": f"^{random.choice(PATTERNS).strip('^$')}$"}
        least = random.randrange(4)
        return {"type": "string", "minLength": least, "maxLength": least + random.randrange(8)}
    if kind == "integer":
        least = random.randrange(-2000, 2000)
        return random.choice([{"type": "integer", "minimum": least, "maximum": least + random.randrange(3000)},
                              {"type": "integer", "exclusiveMinimum": least}, {"type": "integer", "maximum": least}, {"type": "integer"}])
    if kind == "number":
        least = random.randrange(-50, 50) / 4
        return random.choice([{"type": "number", "minimum": least, "maximum": least + random.randrange(1, 90) / 8}, {"type": "number"},
                              {"type": "number", "exclusiveMaximum": least}])
    if kind in ("boolean", "null"):
        return {"type": kind}
    if kind == "enum":
        return {"enum": random.sample([*WORDS, 1, 2.5, None, True, [1], {"a": "b"}], random.randrange(1, 5))}
    if kind == "const":
        return {"const": random.choice([*WORDS, 7, None])}
    if kind == "anyOf":
        return {"anyOf": [schema(random, depth + 1) for _ in range(random.randrange(1, 4))]}
    if kind == "types":
        return {"type": random.sample(["boolean", "null", "integer"], 2)}
    if kind == "ref" and depth == 0:
        # A list in a list, closed by null.
        return {"$defs": {"node": {"type": "object", "properties": {"value": schema(random, 2), "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}},
                                   "required": ["value", "next"], "additionalProperties": False}}, "$ref": "#/$defs/node"}
    if kind == "array":
        least = random.randrange(3)
        found = {"type": "array", "items": schema(random, depth + 1), "minItems": least, "maxItems": least + random.randrange(3)}
        if random.random() < 0.2:
            found = {"type": "array", "prefixItems": [schema(random, depth + 1), schema(random, depth + 1)], "items": False, "minItems": 2}
        return found
    names = random.sample(["a", "count", "first name", "\u00fcber", "x_y", "list", "q\"r"], random.randrange(1, 5))
    return {"type": "object", "title": "ignored", "properties": {name: schema(random, depth + 1) for name in names},
            "required": random.sample(names, random.randrange(len(names) + 1)), "additionalProperties": False}


@check(f"{COUNT} random schemas: every reply parses, validates and ends")
def schemas():
    with Server("--deadline", "3000") as server:
        reader = client(server, timeout=3000)

        def ask(number):
            random_ = random.Random(SEED + number)
            wanted = schema(random_)
            jsonschema.Draft202012Validator.check_schema(wanted)
            # Numbers without bounds and lists in lists have no longest reply: the penalty ends a model's repetitions.
            reply = reader.chat.completions.create(
                **ASK, seed=number, temperature=random_.choice([0, 0.7, 1.5]), max_tokens=3000, frequency_penalty=1, response_format={
                    "type": "json_schema", "json_schema": {"name": "random", "schema": wanted, "strict": True}}).choices[0]
            same(reply.finish_reason, "stop", f"schema {number} {json.dumps(wanted)}: {reply.message.content!r}: the end of the reply")
            try:
                jsonschema.Draft202012Validator(wanted).validate(json.loads(reply.message.content))
            except ValueError as error:
                raise AssertionError(f"schema {number} {json.dumps(wanted)}: {reply.message.content!r}: {error}")
            except jsonschema.ValidationError as error:
                raise AssertionError(f"schema {number} {json.dumps(wanted)}: {reply.message.content!r}: {error.message}")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(COUNT)))

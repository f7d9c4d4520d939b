"""Trains small SentencePiece models and writes what they answer: make_sentencepiece.py

Needs sentencepiece 0.2.3. Each model of sentencepiece/ is trained on text that this script makes up from a seed;
sentencepiece.json holds for each of them rows [text, ids, decoded text] and rows [ids, decoded text]. The texts are
those of corpus-tiny.json (a part), and some made for spaces, bytes and user-defined pieces. `bpe` has the settings
of InternLM2's model.
"""
import io
import json
import pathlib
import random

import sentencepiece

here = pathlib.Path(__file__).parent
SYLLABLES = ["ka", "to", "mi", "ra", "sel", "ing", "er", "the", "pro", "un", "qu", "ion", "é", "ß", "数", "据", "模型", "и", "же"]
COMMON = dict(vocab_size=520, hard_vocab_limit=False, normalization_rule_name="identity", character_coverage=0.999,
              max_sentencepiece_length=12, num_threads=1)
MODELS = {
    "bpe": dict(model_type="bpe", byte_fallback=True, add_dummy_prefix=True, remove_extra_whitespaces=False,
                split_digits=True, allow_whitespace_only_pieces=True, user_defined_symbols=["<|tool|>", "[U_1]", "[U_12]"]),
    "bpe-plain": dict(model_type="bpe", byte_fallback=False, add_dummy_prefix=False, remove_extra_whitespaces=True),
    "unigram": dict(model_type="unigram", byte_fallback=True, add_dummy_prefix=True, remove_extra_whitespaces=True,
                    user_defined_symbols=["<|tool|>", "[U_1]"]),
    "unigram-plain": dict(model_type="unigram", byte_fallback=False, add_dummy_prefix=False,
                          remove_extra_whitespaces=False, split_by_whitespace=False),
}


def sentences(count=3000):
    chance = random.Random(3)
    for _ in range(count):
        words = ["".join(chance.choice(SYLLABLES) for _ in range(chance.randint(1, 4))) for _ in range(chance.randint(2, 9))]
        words.insert(chance.randrange(len(words)), str(chance.randrange(2000)))
        yield chance.choice([" ", " ", " ", "  ", "    "]).join(words) + chance.choice([".", "?", ", yes.", ""])


def texts():
    corpus = [row[0] for row in json.loads((here / "corpus-tiny.json").read_text()) if len(row[0]) < 60]
    chance = random.Random(4)
    made = list(sentences(20))
    made += [text.replace(" ", chance.choice([" ", "  ", "\n", "\t", " \u2581"])) for text in list(sentences(20))]
    made += ["", " ", "   ", "a", " a ", "\u2581", "\u2581 a", "the<|tool|>the", "<|tool|>", "[U_1]2", "[U_12]", "[U_123]",
             "<|tool|> <|tool|>", "<s></s><unk>", "<0x41>", "数据模型", "日本語", "😀 the 😀😀", "e\u0301", "x" * 70,
             "the" * 40, "\u0000a", "\ufffd", "ﬁ Ⅸ"]
    return made + chance.sample(corpus, 70)


def random_ids(model, count=60):
    chance = random.Random(5)
    for _ in range(count):
        yield [chance.randrange(min(model.get_piece_size(), chance.choice([3, 270, 10**6]))) for _ in range(chance.randrange(1, 14))]


result = {}
for name, settings in MODELS.items():
    stream = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences(), model_writer=stream, minloglevel=2, **COMMON, **settings)
    (here / "sentencepiece" / f"{name}.model").write_bytes(stream.getvalue())
    model = sentencepiece.SentencePieceProcessor(model_proto=stream.getvalue())
    encoded = [[text, model.encode(text), model.decode(model.encode(text))] for text in texts()]
    decoded = [[ids, model.decode(ids)] for ids in random_ids(model)]
    result[name] = {"encoded": encoded, "decoded": decoded}
    print(name, model.get_piece_size(), len(stream.getvalue()))
(here / "sentencepiece.json").write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n")

"""Writes the same invented rows of each benchmark in all layouts in which it is published: Examples/benchmarks.

usage: python make_benchmark_rows.py Examples/benchmarks      (needs pandas, pyarrow and pillow)
`r1-eval selfcheck` and a test read them and expect the same rows from every layout. `evaluation/pandas.json` has what
pandas reads from `evaluation/pandas.tsv`.
"""
import base64
import csv
import io
import json
import pathlib
import sys

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = pathlib.Path(sys.argv[1])
S, I, D = pa.string(), pa.int64(), pa.float64()
IMAGE = pa.struct([("bytes", pa.binary()), ("path", S)])


def picture(width, height, color, mode="RGB", kind="PNG"):
    out = io.BytesIO()
    Image.new(mode, (width, height), color).save(out, kind)
    return out.getvalue()


RED = picture(64, 48, (220, 20, 20))
BLUE = picture(56, 56, (20, 20, 220, 128), "RGBA")
GRAY = picture(40, 80, 120, "L", "JPEG")


def text(image):
    return base64.b64encode(image).decode()


def tsv(name, header, rows):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(header)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])


def parquet(name, fields, rows, **options):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(fields)), path, row_group_size=2, **options)


def files(folder, **images):
    for name, image in images.items():
        path = OUT / folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)


def cell(image, name="a.png"):
    return {"bytes": image, "path": name}


def dump(name, value, lines=False):
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(v, ensure_ascii=False) + "\n" for v in value) if lines
                    else json.dumps(value, ensure_ascii=False, indent=1))


# MathVista: a choice, an integer, floats of one and two decimals, a list.
END = "at the end."
HINTS = {
    "choice": "Please answer the question and provide the correct option letter, e.g., A, B, C, D, " + END,
    "integer": "Please answer the question requiring an integer answer and provide the final value, e.g., 1, 2, 3, " + END,
    "1": "Please answer the question requiring a floating-point number with one decimal place and provide the final "
         "value, e.g., 1.2, 1.3, 1.4, " + END,
    "2": "Please answer the question requiring a floating-point number with two decimal places and provide the final "
         "value, e.g., 1.23, 1.34, 1.45, " + END,
    "list": "Please answer the question requiring a Python list as an answer and provide the final list, e.g., "
            "[1, 2, 3], [1.2, 1.3, 1.4], " + END,
}
vista = []
for pid, question, unit, choices, answer, kind, precision, skills in [
    (1, "Is the red one\nlarger?", None, ["Yes", "None", "the artist's"], "None", "choice", None, ["algebraic reasoning"]),
    (2, "How many?", "m", None, "12", "integer", None, ["statistical reasoning", "arithmetic reasoning"]),
    (3, "How wide?", None, None, "1.2", "1", 1, ["geometry reasoning"]),
    (4, "How high?", "cm", None, "3.14", "2", 2, []),
    (5, "Which years?", None, None, "[2007, 2008]", "list", None, ["statistical reasoning"]),
]:
    query = f"Hint: {HINTS[kind]}\nQuestion: {question}" + (f" (Unit: {unit})" if unit else "")
    if choices:
        query += "\nChoices:" + "".join(f"\n({'ABCDEF'[i]}) {c}" for i, c in enumerate(choices))
    answer_type = {"choice": "text", "1": "float", "2": "float"}.get(kind, kind)
    vista.append(dict(
        pid=str(pid), question=question, image=f"images/{pid}.png", choices=choices, unit=unit, precision=precision,
        answer=answer, question_type="multi_choice" if choices else "free_form", answer_type=answer_type,
        metadata=dict(category="general-vqa", skills=skills, task="figure question answering", img_width=64), query=query))
tsv("mathvista/MathVista_MINI.tsv",
    ["index", "image", "question", "question_type", "answer_type", "choices", "answer", "answer_option", "task", "skills"],
    [[r["pid"], text(RED) if r["pid"] == "1" else "1", r["query"], r["question_type"], r["answer_type"],
      str(r["choices"] or []), r["answer"], "B" if r["choices"] else None, r["metadata"]["task"],
      str(r["metadata"]["skills"])] for r in vista])
META = pa.struct([("category", S), ("skills", pa.list_(S)), ("task", S), ("img_width", I)])
parquet("mathvista/data/testmini-00000-of-00001-725687bf7a18d64b.parquet",
        [("pid", S), ("question", S), ("image", S), ("decoded_image", IMAGE), ("choices", pa.list_(S)), ("unit", S),
         ("precision", D), ("answer", S), ("question_type", S), ("answer_type", S), ("metadata", META), ("query", S)],
        [{**r, "decoded_image": cell(RED)} for r in vista])
dump("mathvista/testmini.json", {r["pid"]: {k: v for k, v in r.items() if k != "query"} for r in vista})
files("mathvista/images", **{f"{i}__png": RED for i in range(1, 6)})

# MathVision: free, letters in the picture, texts with nan and quotes; three shards.
vision = [
    dict(id="4", question="How many <image1> fit <image2>?", options=[], image="images/4.jpg", answer="\\frac{1}{2}",
         solution=None, level=2, subject="counting"),
    dict(id="7", question="Which? <image1>", options=list("ABCDE"), image="images/7.jpg", answer="C", solution="s",
         level=5, subject="logic"),
    dict(id="9", question="Which\n\"one\"?", options=["$x^2$", "nan", "it's", "\\\\", "2.50"], image="images/9.jpg",
         answer="B", solution=None, level=1, subject="algebra"),
]
tsv("mathvision/MathVision.tsv", ["index", "image", "question", "choices", "answer", "category", "level"],
    [[r["id"], text(GRAY), r["question"], str(r["options"]), r["answer"], r["subject"], r["level"]] for r in vision])
FIELDS = [("id", S), ("question", S), ("options", pa.list_(S)), ("image", S), ("decoded_image", IMAGE), ("answer", S),
          ("solution", S), ("level", I), ("subject", S)]
for number, row in enumerate(vision):
    parquet(f"mathvision/data/test-0000{number}-of-00003.parquet", FIELDS, [{**row, "decoded_image": cell(GRAY)}],
            compression=["snappy", "zstd", "gzip"][number], data_page_version=["1.0", "2.0", "1.0"][number])
dump("mathvision/mathv-test.jsonl", vision, lines=True)
files("mathvision/images", **{f"{i}__jpg": GRAY for i in (4, 7, 9)})

# MMMU: two pictures in question and options, an open question with two golds, one of the development set.
mmmu = [
    ("validation_Art_Theory_1", "Compare <image 1> with <image 2>.", ["<image 1>", "the artist's <image 2>", "None"], "B",
     [RED, BLUE], "Art & Design"),
    ("validation_Math_15", "Read <image 1>.", [], "['7/2', '3.5']", [BLUE], "Science"),
    ("dev_Math_1", "Read <image 1>. How long?", [], "9", [GRAY], "Science"),
]
tsv("mmmu/MMMU_DEV_VAL.tsv",
    ["index", "id", "image", "image_path", "question", "A", "B", "C", "D", "answer", "category", "l2-category", "split"],
    [[i + 1, r[0], text(r[4][0]) if len(r[4]) == 1 else str([text(x) for x in r[4]]),
      f"{r[0]}_1.png" if len(r[4]) == 1 else str([f"{r[0]}_{k + 1}.png" for k in range(len(r[4]))]), r[1],
      *(r[2] + [None] * 4)[:4], r[3], "_".join(r[0].split("_")[1:-1]), r[5], r[0].split("_")[0]]
     for i, r in enumerate(mmmu)])
parquet("mmmu/validation-00000-of-00001.parquet",
        [("id", S), ("question", S), ("options", S), ("explanation", S), *[(f"image_{i}", IMAGE) for i in range(1, 8)],
         ("img_type", S), ("answer", S), ("topic_difficulty", S), ("question_type", S), ("subfield", S)],
        [dict(id=r[0], question=r[1], options=str(r[2]), answer=r[3],
              question_type="multiple-choice" if r[2] else "open", **{f"image_{k + 1}": cell(x) for k, x in enumerate(r[4])})
         for r in mmmu])

# MMStar: both forms of options in the question.
star = [
    ("Which colour is it?", ["red", "None", "A, or B", "2.50"], "B", "coarse perception", "image emotion"),
    ("Hint: Please answer.\nQuestion: How many?", ["1", "2"], "A", "math", "geometry"),
]
tsv("mmstar/MMStar.tsv", ["index", "question", "image", "answer", "category", "l2_category", "bench", "A", "B", "C", "D"],
    [[i, r[0], text(RED), r[2], r[3], r[4], "X", *(r[1] + [None] * 4)[:4]] for i, r in enumerate(star)])
parquet("mmstar/val-00000-of-00001.parquet",
        [("index", I), ("question", S), ("image", IMAGE), ("answer", S), ("category", S), ("l2_category", S)],
        [dict(index=i, image=cell(RED), answer=r[2], category=r[3], l2_category=r[4],
              question=r[0] + ("\nChoices:" + "".join(f"\n({'ABCD'[k]}) {o}" for k, o in enumerate(r[1]))
                               if r[0].startswith("Hint") else
                               "\nOptions: " + ", ".join(f"{'ABCD'[k]}: {o}" for k, o in enumerate(r[1]))))
         for i, r in enumerate(star)])

# MMBench: the rotations of a question with three options and of one with two; nan is missing in Parquet only.
bench = []
for k in range(3):
    options = ["red", "blue", "None"][k:] + ["red", "blue", "None"][:k]
    bench.append((k * 1000000 + 7, "Which colour\nis it?", "Look closely.", options, "ACB"[k], "attribute_recognition",
                  "finegrained_perception (instance-level)"))
for k in range(2):
    bench.append((k * 1000000 + 9, "Is it blue?", None, [["yes", "no"], ["no", "yes"]][k], "AB"[k], "future_prediction",
                  "logic_reasoning"))
tsv("mmbench/MMBench_DEV_EN_V11.tsv",
    ["index", "image", "question", "hint", "A", "B", "C", "D", "answer", "category", "l2-category", "split"],
    [[r[0], text(RED) if r[0] < 1000000 else r[0] % 1000000, r[1], r[2], *(r[3] + [None] * 4)[:4], r[4], r[5], r[6], "dev"]
     for r in bench])
parquet("mmbench/en/dev-00000-of-00001.parquet",
        [("index", I), ("question", S), ("hint", S), ("answer", S), *[(c, S) for c in "ABCD"], ("category", S),
         ("image", IMAGE), ("source", S), ("L2-category", S), ("comment", S), ("split", S)],
        [dict(index=r[0], question=r[1], hint=r[2] or "nan", answer=r[4], image=cell(RED), source="X", comment="nan",
              category=r[5], split="dev", **{"L2-category": r[6]},
              **{c: o or "nan" for c, o in zip("ABCD", (r[3] + [None] * 4)[:4])}) for r in bench])

# AI2D: the answer is a letter or a place; only the table has categories.
ai2d = [("Which is the root?", ["a", "None", "c", "d"], 1), ("Which eats grass?", ["cow", "hawk"], 0)]
tsv("ai2d/AI2D_TEST.tsv", ["index", "image", "question", "A", "B", "C", "D", "answer", "category"],
    [[i, text(GRAY), r[0], *(r[1] + [None] * 4)[:4], "ABCD"[r[2]], "partsOfA"] for i, r in enumerate(ai2d)])
parquet("ai2d/data/test-00000-of-00001.parquet",
        [("question", S), ("options", pa.list_(S)), ("answer", S), ("image", IMAGE)],
        [dict(question=r[0], options=r[1], answer=str(r[2]), image=cell(GRAY)) for r in ai2d])

# ChartQA: halves; several golds; a gold that looks like a list but is none.
chart = [("What share is red?", "20%", "human"), ("Name one.", "['No', 'none']", "human"), ("Which years?", "[a, b]", "human"),
         ("Which year?", "2010", "augmented")]
tsv("chartqa/ChartQA_TEST.tsv", ["index", "image", "question", "answer", "split"],
    [[i, text(RED) if i == 0 else 0, r[0], r[1], f"test_{r[2]}"] for i, r in enumerate(chart)])
parquet("chartqa/data/test-00000-of-00001-e2cd0b7a0f9eb20d.parquet",
        [("type", S), ("question", S), ("answer", S), ("image", IMAGE)],
        [dict(type=f"{r[2]}_test", question=r[0], answer=r[1], image=cell(RED)) for r in chart])
for half in ("human", "augmented"):
    dump(f"chartqa/test/test_{half}.json", [dict(imgname="1.png", query=r[0], label=r[1]) for r in chart if r[2] == half])
files("chartqa/test/png", **{"1__png": RED})

# RefCOCO+: shares in the table, corner and size in Parquet, two corners in JSON lines; two phrases of one object.
LOCATE = "Locate {} in this image and output the bbox coordinates in JSON format."
ref = [("left half", [0, 0, 32, 48]), ("the left", [0, 0, 32, 48]), ("small one", [16, 12, 24, 36])]
tsv("refcoco/RefCOCO.tsv", ["index", "image", "question", "answer", "category"],
    [[i, text(RED), LOCATE.format(p), str([b[0] / 64, b[1] / 48, b[2] / 64, b[3] / 48]), "RefCOCO+ testA"]
     for i, (p, b) in enumerate(ref)])
parquet("refcoco/RefCOCOplus/testA-00000-of-00001.parquet",
        [("question_id", S), ("image", IMAGE), ("question", S), ("answer", pa.list_(S)), ("segmentation", pa.list_(pa.float32())),
         ("bbox", pa.list_(pa.float32())), ("iscrowd", pa.int8()), ("file_name", S)],
        [dict(question_id="11", image=cell(RED), question="Describe.", answer=["left half", "the left"], segmentation=[0, 0],
              bbox=[0, 0, 32, 48], iscrowd=0, file_name="C.jpg"),
         dict(question_id="12", image=cell(RED), question="Describe.", answer=["small one"], segmentation=[0, 0],
              bbox=[16, 12, 8, 24], iscrowd=0, file_name="C.jpg")])
dump("refcoco/refcoco+_testA.jsonl",
     [dict(image="images/a.png", sent=p, bbox=b, height=48, width=64) for p, b in ref], lines=True)
files("refcoco/images", a__png=RED)

# The table of MMStar as VLMEvalKit unpacks large sets: paths instead of pictures.
tsv("local/MMStar_local.tsv",
    ["index", "question", "answer", "category", "l2_category", "bench", "A", "B", "C", "D", "image_path"],
    [[i, r[0], r[2], r[3], r[4], "X", *(r[1] + [None] * 4)[:4], f"{i}.png"] for i, r in enumerate(star)])
files("local/images/MMStar", **{"0__png": RED, "1__png": RED})

# What pandas makes of cells: words for missing, columns of numbers.
OUT = pathlib.Path(__file__).parent / "evaluation"
cells = [["None", "2.50", "1", "007", "a"], ["NA", "3", "", "8", "n/a"], ["two", "1e3", "2", "9", "N/A"], ["-nan", " 4", "3", "1", "b"]]
tsv("pandas.tsv", ["index", "image", "question", "A", "B", "C", "D", "E", "answer", "category", "l2_category"],
    [[i, text(RED), "q", *row, "B", "c", "l"] for i, row in enumerate(cells)])
read = pandas.read_csv(OUT / "pandas.tsv", sep="\t")
dump("pandas.json", [[None if pandas.isna(row[c]) else str(row[c]) for c in "ABCDE"] for _, row in read.astype(object).iterrows()])

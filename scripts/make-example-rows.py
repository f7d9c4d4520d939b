#!/usr/bin/env python3
"""Makes the rows of Examples/handwritten: real handwritten digits (UCI, by scikit-learn) and bars of real tables.

    python3 scripts/make-example-rows.py FOLDER --split train --rows 12000 [--seed 1] [--shares yorn=1 mcq=1 chart=1 ...]

Five tasks: is it this digit (yorn), which digit is it (mcq), the value of a bar or the tallest bar (chart), where is
this digit (grounding), describe the row of digits (open). Test rows show digits by other writers than train rows: the file
of digits goes writer by writer, and the writers at the borders are in neither. Needs scikit-learn, pandas, Pillow, and matplotlib,
whose font is drawn.
"""
import argparse
import json
import os
import random

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sklearn import datasets

TASKS = ("yorn", "mcq", "chart", "grounding", "open")
WORDS = "zero one two three four five six seven eight nine".split()
LICENSE = "CC BY 4.0 (UCI)"
# Indices into the digits, which scikit-learn keeps in the order of their writers.
TEST, TRAIN = range(719, 898), [*range(0, 690), *range(1000, 1797)]


class Rows:
    """Makes rows of one split."""

    def __init__(self, folder, split, seed):
        self.folder, self.split = folder, split
        self.random = random.Random(f"{seed} {split}")
        self.digits = datasets.load_digits()
        self.pool = list(TEST if split == "test" else TRAIN)
        self.by_digit = [[i for i in self.pool if self.digits.target[i] == d] for d in range(10)]
        sets = {"iris": datasets.load_iris, "wine": datasets.load_wine, "cancer": datasets.load_breast_cancer}
        self.tables = {name: load(as_frame=True).frame for name, load in sets.items()}
        font = os.path.join(os.path.dirname(matplotlib.__file__), "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf")
        self.font = ImageFont.truetype(font, 13)
        os.makedirs(f"{folder}/images", exist_ok=True)

    def row(self, number, task):
        name = f"{self.split}-{number:05d}"
        row = getattr(self, task)(name)
        return {"id": name, "task": task, "source": "uci-digits", "license": LICENSE} | row

    def save(self, image, name):
        path = f"images/{name}.png"
        # 16 shades are what the digits have.
        image = image.point(lambda value: value // 16 * 17) if image.mode == "L" else image.quantize(16)
        image.save(f"{self.folder}/{path}", optimize=True)
        return path

    def glyph(self, index, size):
        glyph = Image.fromarray((255 - self.digits.images[index] * 15.9).clip(0, 255).astype("uint8"))
        glyph = glyph.resize((64, 64), Image.BICUBIC)
        shift = (self.random.randint(-5, 5), self.random.randint(-4, 4))
        glyph = glyph.rotate(self.random.uniform(-12, 12), Image.BICUBIC, fillcolor=255, translate=shift)
        return glyph.resize((size, size), Image.BICUBIC)

    def digit(self, name):
        index = self.random.choice(self.pool)
        return int(self.digits.target[index]), self.save(self.glyph(index, 84), name)

    @staticmethod
    def asked(image, text, **members):
        return {"images": [image], "messages": [{"role": "user", "content": "<image>" + text}]} | members

    def yorn(self, name):
        digit, image = self.digit(name)
        other = self.random.choice([d for d in range(10) if d != digit])
        asked = digit if self.random.random() < 0.5 else other
        return self.asked(
            image, f"Is the handwritten digit a {asked}? Answer yes or no.", rationale=f"The digit is {digit}.",
            solution="yes" if asked == digit else "no")

    def mcq(self, name):
        digit, image = self.digit(name)
        options = self.random.sample([d for d in range(10) if d != digit], 3) + [digit]
        self.random.shuffle(options)
        lines = "\n".join(f"{letter}. {option}" for letter, option in zip("ABCD", options))
        return self.asked(
            image, "Which digit is written?\n" + lines, options=[str(option) for option in options],
            rationale=f"The digit is {digit}.", solution="ABCD"[options.index(digit)])

    def chart(self, name):
        table = self.tables[self.random.choice(list(self.tables))]
        column = self.random.choice([column for column in table.columns if column != "target"])
        means = [float(table[column].sample(8, random_state=self.random.randint(0, 10**6)).mean()) for _ in range(3)]
        unit = 10 ** int(np.floor(np.log10(max(means))))
        values, bars = [max(1, round(mean / unit * 10)) for mean in means], ["P", "Q", "R"]
        image = Image.new("RGB", (140, 112), "white")
        draw = ImageDraw.Draw(image)
        for place, (bar, value) in enumerate(zip(bars, values)):
            height, x = int(70 * value / max(values)), 10 + place * 44
            color = tuple(self.random.randint(40, 200) for _ in range(3))
            draw.rectangle([x, 95 - height, x + 28, 95], fill=color)
            draw.text((x + 14, 94 - height), str(value), fill="black", font=self.font, anchor="mb")
            draw.text((x + 14, 96), bar, fill="black", font=self.font, anchor="mt")
        asked = self.random.randrange(3)
        question, answer = f"What is the value of bar {bars[asked]}?", str(values[asked])
        if self.random.random() >= 0.7:
            question, answer = "Which bar is the tallest?", bars[int(np.argmax(values))]
        return self.asked(
            self.save(image, name), question, solution=answer, license="see scikit-learn dataset notes",
            source="sklearn-tables", rationale=", ".join(f"{bar} {value}" for bar, value in zip(bars, values)) + ".")

    def grounding(self, name):
        width, height = 140, 112
        image, boxes = Image.new("L", (width, height), 255), {}
        for digit in self.random.sample(range(10), self.random.randint(1, 2)):
            for _ in range(200):
                size = self.random.randint(32, 52)
                x, y = self.random.randint(0, width - size), self.random.randint(0, height - size)
                if all(x + size < b[0] or b[2] < x or y + size < b[1] or b[3] < y for b in boxes.values()):
                    image.paste(self.glyph(self.random.choice(self.by_digit[digit]), size), (x, y))
                    boxes[digit] = [x, y, x + size, y + size]
                    break
        digit = self.random.choice(list(boxes))
        seen = sorted(boxes.items(), key=lambda item: item[1][0])
        return self.asked(
            self.save(image, name), f"Locate the digit {digit}. Give its bounding box.",
            objects={"ref": [f"digit {digit}"], "bbox": [boxes[digit]]}, solution=json.dumps(boxes[digit]),
            rationale="I see " + ", ".join(
                f"{d} at {(b[0] + b[2]) // 2} {(b[1] + b[3]) // 2}" for d, b in seen) + ".")

    def open(self, name):
        count = self.random.randint(2, 4)
        image, digits = Image.new("L", (42 * count, 56), 255), []
        for place in range(count):
            index = self.random.choice(self.pool)
            digits.append(int(self.digits.target[index]))
            image.paste(self.glyph(index, 42), (42 * place, 7))
        return self.asked(
            self.save(image, name), "Describe the picture.",
            rationale=f"There are {count}: " + " ".join(map(str, digits)) + ".",
            solution=f"A row of {WORDS[count]} handwritten digits: " + ", ".join(WORDS[d] for d in digits) + ".")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--split", choices=["train", "test", "warm"], required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shares", nargs="*", default=[], metavar="TASK=N", help="rows of a task in each round")
    options = parser.parse_args()
    shares = dict.fromkeys(TASKS, 1) | {task: int(n) for task, n in (share.split("=") for share in options.shares)}
    tasks = [task for task in TASKS for _ in range(shares[task])]
    rows = Rows(options.folder, options.split, options.seed)
    with open(f"{options.folder}/{options.split}.jsonl", "w") as file:
        for number in range(options.rows):
            file.write(json.dumps(rows.row(number, tasks[number % len(tasks)])) + "\n")


if __name__ == "__main__":
    main()

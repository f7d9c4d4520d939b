#!/usr/bin/env python3
"""Draws docs/images/make-train.svg: the sampled score of each task before and after `make train`.

    python3 scripts/plot_make_train.py runs/handwritten/summary.json docs/images/make-train.svg
"""
import json
import sys

TASKS = [
    ("yorn", "yes or no"), ("mcq", "multiple choice"), ("chart", "chart"), ("grounding", "grounding"),
    ("open", "captions"),
]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 340, 50, 16, 72, 56
BAR, GAP = 44, 6

STYLE = """<style>
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #1f2328; }
  .middle { text-anchor: middle; }
  .end { text-anchor: end; }
  .small { font-size: 12px; fill: #57606a; }
  .title { font-size: 14px; font-weight: 600; }
  .before { fill: #afb8c1; }
  .after { fill: #0969da; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9da7b1; }
    .before { fill: #6e7681; }
    .after { fill: #58a6ff; }
    .grid { stroke: #373e47; }
  }
</style>"""


def drawing(summary):
    """The SVG text of a run's summary."""
    before, after = summary["before"]["tasks"], summary["after"]["tasks"]
    missing = [name for name, _ in TASKS if name not in before or name not in after]
    if missing:
        sys.exit(f"the summary has no scores of {', '.join(missing)}")
    height = HEIGHT - TOP - BOTTOM

    def y(score):
        return TOP + height * (1 - max(0.0, score))

    rows = sum(before[name]["rows"] for name, _ in TASKS)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title">',
        '<title id="title">Sampled score of each task before and after make train: ' + "; ".join(
            f"{label} {before[name]['mean']:.3f} to {after[name]['mean']:.3f}" for name, label in TASKS) + "</title>",
        STYLE,
        f'<text class="title" x="{LEFT}" y="20">Sampled score on {rows} test rows, {summary["steps"]} steps of GRPO</text>',
        f'<rect class="before" x="{LEFT}" y="30" width="12" height="12"/><text x="{LEFT + 18}" y="41">before</text>',
        f'<rect class="after" x="{LEFT + 90}" y="30" width="12" height="12"/><text x="{LEFT + 108}" y="41">after</text>',
    ]
    for tick in (0, 0.25, 0.5, 0.75):
        lines.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
            f'<text class="small end" x="{LEFT - 8}" y="{y(tick) + 4:.1f}">{tick:g}</text>')
    step = (WIDTH - LEFT - RIGHT) / len(TASKS)
    for number, (name, label) in enumerate(TASKS):
        middle = LEFT + step * (number + 0.5)
        for kind, score, x in (
            ("before", before[name]["mean"], middle - GAP / 2 - BAR), ("after", after[name]["mean"], middle + GAP / 2),
        ):
            lines.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{y(score):.1f}" width="{BAR}" height="{y(0) - y(score):.1f}"/>'
                f'<text class="middle" x="{x + BAR / 2:.1f}" y="{y(score) - 5:.1f}">{score:.3f}</text>')
        lines.append(f'<text class="middle" x="{middle:.1f}" y="{y(0) + 20:.1f}">{label}</text>')
        change = round(after[name]["mean"], 3) - round(before[name]["mean"], 3)
        text = f"{change:+.3f}".replace("-", "\N{MINUS SIGN}") if abs(change) >= 0.0005 else "0"
        lines.append(f'<text class="middle small" x="{middle:.1f}" y="{y(0) + 38:.1f}">{text}</text>')
    return "\n".join(lines + ["</svg>", ""])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        text = drawing(json.load(file))
    with open(sys.argv[2], "w") as file:
        file.write(text)

"""Tables and plots of docs/experiments.md, from the lines of docs/experiments/results.jsonl. Used by experiments.py."""
import json
import math
import re
import statistics
import string
import sys

TASKS = ("yorn", "mcq", "chart", "grounding", "open")
LABELS = {"yorn": "yes/no", "mcq": "choice", "chart": "chart", "grounding": "grounding", "open": "captions", "digits": "digits"}
# A row's score in 60 steps as one character: quarters, which right and wrong answers give, are exact.
CODE = string.digits + string.ascii_uppercase + string.ascii_lowercase[:25]
# Student's t, 97.5 %, by degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
MINUS = "\N{MINUS SIGN}"

# Name of the table, the arm that the others are compared with, the measure, and the arms with what the table calls them.
GROUPS = (
    ("mixture", "base", TASKS, "specialists", {
        "base": "mixed", "specialists-single": "specialists, small steps", "specialists-short": "specialists, few steps"}),
    ("added", "base", TASKS, "rewards one by one", {
        "added-1": "yes/no", "added-2": "+ choice", "added-3": "+ chart", "added-4": "+ grounding", "base": "+ captions (all five)"}),
    ("captions", "captions-bmas", ("digits",), "captions alone: digits named rightly", {
        "captions-bmas": "BMAS", "captions-f1": "F1", "captions-bipartite": "bipartite", "captions-rescaled-bmas": "BMAS, rescaled",
        "captions-rescaled-bipartite": "bipartite, rescaled", "captions-judge": "embedding judge"}),
    ("filter", "base", TASKS, "filter", {"base": "filtered", "unfiltered": "not filtered"}),
    ("rows", "base", TASKS, "amount of data", {"rows-60": "60 rows", "rows-250": "250 rows", "base": "2,039 rows"}),
    ("format", "base", TASKS, "format weight", {
        "format-0.1": "0.1", "base": "0.2", "format-0.5": "0.5", "format-1.0": "1.0"}),
    ("scaling", "base", TASKS, "scaling of advantages", {
        "base": "none", "scaling-group": "group", "scaling-perReward": "perReward", "scaling-taskEMA": "taskEMA"}),
    ("losses", "loss-grpo", TASKS, "losses, three updates for a rollout", {
        "loss-grpo": "grpo", "loss-dapo": "dapo", "loss-dr_grpo": "dr_grpo", "loss-gspo": "gspo", "loss-cispo": "cispo"}),
)


def coded(score):
    """The character of a score, which is taken into 0...1."""
    return CODE[round(60 * min(1.0, max(0.0, score)))]


def signed(value):
    return f"{value:+.3f}".replace("-", MINUS)


class Results:
    """The recorded runs by arm and seed."""

    def __init__(self, lines):
        self.runs = {}
        for line in lines:
            self.runs.setdefault(line["arm"], {})[line["seed"]] = line
        for kind in ("single", "short"):
            specialists = [self.runs.get(f"{kind}-{task}", {}) for task in TASKS]
            self.runs[f"specialists-{kind}"] = {
                seed: {part: {key: value for run in specialists for key, value in run[seed][part].items()}
                       for part in ("sampled", "greedy", "rows")}
                for seed in set.intersection(*map(set, specialists))}

    def seeds(self, arm):
        return sorted(self.runs.get(arm, {}))

    def mean(self, arm, kind, measures):
        """The mean over measures and seeds."""
        return statistics.fmean(run[kind][measure] for run in self.runs[arm].values() for measure in measures)

    def difference(self, arm, base, measures):
        """How much the mean of the measures is above that of the base, half the 95 % interval, and the number of seeds.

        With two seeds or more the interval is over seeds, by Student's t; with one it is over test rows, which are paired.
        """
        shared = [seed for seed in self.seeds(arm) if seed in self.runs.get(base, {})]
        if not shared:
            return None
        differences = [statistics.fmean(self.runs[arm][seed]["sampled"][measure] - self.runs[base][seed]["sampled"][measure]
                                        for measure in measures) for seed in shared]
        if len(shared) > 1:
            half = STUDENT[min(len(shared) - 2, len(STUDENT) - 1)] * statistics.stdev(differences) / math.sqrt(len(shared))
            return statistics.fmean(differences), half, len(shared)
        ours, theirs = (self.runs[name][shared[0]]["rows"] for name in (arm, base))
        variance = 0.0
        for measure in measures:
            if len(ours[measure]) != len(theirs[measure]):
                sys.exit(f"experiments: {arm} and {base} were asked other test rows for {measure}")
            rows = [(CODE.index(a) - CODE.index(b)) / 60 for a, b in zip(ours[measure], theirs[measure])]
            variance += statistics.variance(rows) / len(rows) / len(measures) ** 2
        return differences[0], 1.96 * math.sqrt(variance), 1


def difference_cell(results, arm, base, measures):
    found = results.difference(arm, base, measures)
    return f"{signed(found[0])} ± {found[1]:.3f}" if found and arm != base else ""


def table(results, group):
    """The table of one question; arms without runs are left out."""
    name, base, measures, _, arms = group
    present = [(arm, label) for arm, label in arms.items() if results.seeds(arm)]
    if not present:
        return "No runs yet."
    if name == "captions":
        lines = ["| similarity | seeds | digits, sampled | difference from BMAS | digits, greedy | captions' score, sampled |",
                 "|---|---|---|---|---|---|"]
        for arm, label in present:
            lines.append(f"| {label} | {len(results.seeds(arm))} | {results.mean(arm, 'sampled', measures):.3f} | "
                         f"{difference_cell(results, arm, base, measures)} | {results.mean(arm, 'greedy', measures):.3f} | "
                         f"{results.mean(arm, 'sampled', ['open']):.3f} |")
        return "\n".join(lines)
    columns = (*TASKS, "digits")
    lines = [f"| | seeds | mean of five | difference from {arms[base]} | " + " | ".join(LABELS[key] for key in columns)
             + " | greedy mean |", "|---|---|---|---|" + "---|" * (len(columns) + 1)]
    if results.seeds("start") and name == "mixture":
        present.insert(0, ("start", "before training"))
    for arm, label in present:
        cells = [label, "" if arm == "start" else str(len(results.seeds(arm))), f"{results.mean(arm, 'sampled', TASKS):.3f}",
                 "" if arm == "start" else difference_cell(results, arm, base, measures)]
        cells += [f"{results.mean(arm, 'sampled', [key]):.3f}" for key in columns]
        lines.append("| " + " | ".join([*cells, f"{results.mean(arm, 'greedy', TASKS):.3f}"]) + " |")
    if name == "mixture":
        for arm, label in present:
            if results.difference(arm, base, TASKS) and arm != base:
                cells = [difference_cell(results, arm, base, [key]) for key in columns]
                lines.append(f"| {label}, minus mixed | | | | " + " | ".join(cells) + " | |")
    return "\n".join(lines)


STYLE = """<style>
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #1f2328; }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .small { font-size: 12px; fill: #57606a; }
  .title { font-size: 14px; font-weight: 600; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .zero { stroke: #57606a; stroke-width: 1; }
  .mark { stroke: #0969da; fill: #0969da; stroke-width: 2; }
  .line { fill: none; stroke-width: 2; }
  .greedy { fill: none; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .c0 { stroke: #0969da; } .c1 { stroke: #bc4c00; } .c2 { stroke: #1a7f37; } .c3 { stroke: #8250df; } .c4 { stroke: #bf3989; }
  .t0 { fill: #0969da; } .t1 { fill: #bc4c00; } .t2 { fill: #1a7f37; } .t3 { fill: #8250df; } .t4 { fill: #bf3989; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .small { fill: #9da7b1; }
    .grid { stroke: #373e47; }
    .zero { stroke: #9da7b1; }
    .mark { stroke: #58a6ff; fill: #58a6ff; }
    .c0 { stroke: #58a6ff; } .c1 { stroke: #f0883e; } .c2 { stroke: #3fb950; } .c3 { stroke: #bc8cff; } .c4 { stroke: #f778ba; }
    .t0 { fill: #58a6ff; } .t1 { fill: #f0883e; } .t2 { fill: #3fb950; } .t3 { fill: #bc8cff; } .t4 { fill: #f778ba; }
  }
</style>"""


def opened(width, height, title):
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">',
            f'<title id="title">{title}</title>', STYLE]


def drawing(results):
    """The differences of all arms with their intervals."""
    rows = []
    for _, base, measures, title, arms in GROUPS:
        found = [(label, results.difference(arm, base, measures)) for arm, label in arms.items() if arm != base]
        found = [(label, value) for label, value in found if value]
        if found:
            rows += [(f"{title}, from {arms[base]}", None), *found]
    ends = [end for _, value in rows if value for end in (value[0] - min(value[1], 0.3), value[0] + min(value[1], 0.3))]
    if not ends:
        return None
    step = 0.05 if max(ends) - min(ends) <= 0.5 else 0.1
    low, high = math.floor(min(0, *ends) / step) * step, math.ceil(max(0, *ends) / step) * step
    width, left, right, top, line = 760, 210, 124, 44, 22
    height = top + line * len(rows) + 40

    def x(value):
        return left + (width - left - right) * (min(max(value, low), high) - low) / (high - low)

    parts = opened(width, height, "Differences of sampled scores from the arm that each question compares with")
    parts.append('<text class="title" x="12" y="20">Difference of the sampled score, with 95% interval</text>')
    bottom = top + line * len(rows)
    for tick in range(round(low / step), round(high / step) + 1):
        style = "zero" if tick == 0 else "grid"
        parts.append(f'<line class="{style}" x1="{x(tick * step):.1f}" x2="{x(tick * step):.1f}" y1="{top - 8}" y2="{bottom}"/>'
                     f'<text class="small middle" x="{x(tick * step):.1f}" y="{bottom + 18}">'
                     f'{signed(tick * step)[:-1] if tick else "0"}</text>')
    for number, (label, value) in enumerate(rows):
        y = top + line * number + 8
        if value is None:
            parts.append(f'<text class="small" x="12" y="{y + 4}">{label}</text>')
            continue
        middle, half, seeds = value
        parts.append(f'<text class="end" x="{left - 10}" y="{y + 4}">{label}</text>'
                     f'<line class="mark" x1="{x(middle - half):.1f}" x2="{x(middle + half):.1f}" y1="{y}" y2="{y}"/>'
                     f'<circle class="mark" cx="{x(middle):.1f}" cy="{y}" r="3.5"/>'
                     f'<text class="small end" x="{width - 12}" y="{y + 4}">{signed(middle)}, {seeds} seed{"s" * (seeds > 1)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def write(lines, page, plot):
    """Replaces what is between `<!-- table NAME -->` and `<!-- end -->` in the page, and draws the plot."""
    results = Results(lines)
    text = page.read_text()
    for group in GROUPS:
        text, count = re.subn(rf"(<!-- table {group[0]} -->\n).*?(<!-- end -->)",
                              lambda match: f"{match[1]}\n{table(results, group)}\n\n{match[2]}", text, flags=re.DOTALL)
        if count != 1:
            sys.exit(f"experiments: {page} needs one place for the table {group[0]}, found {count}")
    page.write_text(text)
    picture = drawing(results)
    if picture:
        plot.write_text(picture)


def write_curves(run, path):
    """The scores of a run's evaluations by step, sampled and greedy."""
    with open(run / "evaluations.jsonl") as file:
        evaluations = [json.loads(line) for line in file]
    steps = [line["step"] for line in evaluations]
    if len(steps) < 2:
        sys.exit(f"experiments: {run} has fewer than two evaluations")
    width, height, left, right, top, bottom = 760, 400, 50, 110, 60, 40

    def place(step, score):
        return (left + (width - left - right) * step / steps[-1], height - bottom - (height - top - bottom) * max(0.0, score))

    parts = opened(width, height, f"Scores of the five tasks over {steps[-1]} steps")
    parts.append(f'<text class="title" x="{left}" y="20">Score on the test rows, {steps[-1]} steps of GRPO</text>'
                 f'<text class="small" x="{left}" y="40">solid: sampled, dashed: greedy</text>')
    for tick in range(5):
        y = place(0, tick / 4)[1]
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>'
                     f'<text class="small end" x="{left - 8}" y="{y + 4:.1f}">{tick / 4:g}</text>')
    for step in steps:
        parts.append(f'<text class="small middle" x="{place(step, 0)[0]:.1f}" y="{height - bottom + 20}">{step}</text>')
    ends = []
    for number, task in enumerate(TASKS):
        for kind, style in (("mean", "line"), ("greedyMean", "greedy")):
            points = [place(line["step"], line["report"]["tasks"][task][kind]) for line in evaluations]
            parts.append(f'<polyline class="{style} c{number}" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
            if kind == "mean":
                ends.append((points[-1][1], number, task))
    # Labels at the ends of the sampled curves, at least a line apart.
    at = -math.inf
    for y, number, task in sorted(ends):
        at = max(y, at + 16)
        parts.append(f'<text class="t{number}" x="{width - right + 8}" y="{at + 4:.1f}">{LABELS[task]}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]))

#!/usr/bin/env python3
"""Losses, gradients and advantages in double precision, written from the papers' formulas with torch's autograd.

    python3 make_policy_losses.py > losses/vectors.json

The formulas here share no code with the package; the constants that a loss must not differentiate are detached.
"""
import itertools
import json

import torch

torch.manual_seed(5)
torch.set_default_dtype(torch.float64)
LENGTHS, LIMIT = [3, 5, 2], 8


def rounded(tensor):
    """Values that float32 represents, so that both sides read the same ones."""
    return tensor.to(torch.float32).to(torch.float64)


def random(scale):
    return [rounded(-0.05 - scale * torch.rand(n)) for n in LENGTHS]


current = random(2.0)
old = [rounded(lp + 0.5 * torch.randn(len(lp))) for lp in current]
reference = [rounded(lp + 0.4 * torch.randn(len(lp))) for lp in current]
sampled = [rounded(lp + 0.6 * torch.randn(len(lp))) for lp in old]
entropies = [rounded(3 * torch.rand(n)) for n in LENGTHS]
advantages = [1.25, -0.75, 0.5]


def loss(options, lps, hs):
    """The loss of one optimizer batch; `lps` and `hs` may need gradients."""
    tokens = sum(LENGTHS)
    threshold = 0.0
    if options["entropyShare"] < 1:
        values = sorted((h.item() for answer in hs for h in answer.detach()), reverse=True)
        count = -int(-options["entropyShare"] * len(values) // 1)  # rounded up
        threshold = values[max(1, count) - 1]
    total = torch.zeros(())
    for lp, before, ref, sample, h, advantage in zip(lps, old, reference, sampled, hs, advantages):
        n = len(lp)
        difference = lp - before
        if options["ratioLevel"] == "sequence":
            difference = difference.mean().expand(n)
        ratio = torch.exp(difference)
        clipped = torch.clamp(ratio, 1 - options["clipLow"], 1 + options["clipHigh"])
        if options["objective"] == "cispo":
            term = -clipped.detach() * advantage * lp
        else:
            term = -torch.minimum(ratio * advantage, clipped * advantage)
            if options["dualClip"] > 0 and advantage < 0:
                term = torch.minimum(term, torch.tensor(-options["dualClip"] * advantage))
        shift = before - sample
        if options["correction"] == "token":
            term = term * torch.clamp(torch.exp(shift), max=options["correctionLimit"])
        elif options["correction"] == "sequence":
            term = term * torch.clamp(torch.exp(shift.sum()), max=options["correctionLimit"])
        if options["entropyShare"] < 1:
            term = term * (h.detach() >= threshold)
        if options["klPlace"] == "loss":
            distance = lp - ref
            term = term + options["klCoefficient"] * {
                "k1": distance, "k2": distance**2 / 2, "k3": torch.exp(-distance) + distance - 1,
            }[options["klEstimator"]]
        term = term - options["entropyCoefficient"] * h
        total = total + term.sum() / {
            "grpo": len(LENGTHS) * n, "dapo": tokens, "dr_grpo": len(LENGTHS) * LIMIT, "tokenSum": len(LENGTHS),
        }[options["aggregation"]]
    return total


DEFAULTS = {
    "aggregation": "grpo", "objective": "clipped", "ratioLevel": "token", "clipLow": 0.2, "clipHigh": 0.28,
    "dualClip": 0.0, "klCoefficient": 0.04, "klEstimator": "k3", "klPlace": "loss", "entropyCoefficient": 0.0,
    "entropyShare": 1.0, "correction": "none", "correctionLimit": 1.5,
}


def variants():
    for aggregation in ["grpo", "dapo", "dr_grpo", "tokenSum"]:
        for objective, level in itertools.product(["clipped", "cispo"], ["token", "sequence"]):
            yield {"aggregation": aggregation, "objective": objective, "ratioLevel": level}
    for estimator in ["k1", "k2"]:
        yield {"klEstimator": estimator, "klCoefficient": 0.3}
    yield {"klPlace": "reward"}
    yield {"dualClip": 1.3}
    yield {"dualClip": 1.1, "ratioLevel": "sequence"}
    yield {"entropyCoefficient": 0.02}
    for level, correction in itertools.product(["token", "sequence"], ["token", "sequence"]):
        yield {"ratioLevel": level, "correction": correction, "entropyShare": 0.55}
    yield {"objective": "cispo", "correction": "token", "entropyShare": 0.3, "entropyCoefficient": 0.01}
    yield {"objective": "cispo", "clipLow": 1.0, "clipHigh": 4.0, "aggregation": "dapo"}


losses = []
for changes in variants():
    options = DEFAULTS | changes
    lps = [lp.clone().requires_grad_() for lp in current]
    hs = [h.clone().requires_grad_() for h in entropies]
    value = loss(options, lps, hs)
    value.backward()
    zeros = [torch.zeros(n) for n in LENGTHS]
    losses.append({
        "options": options, "loss": value.item(),
        "slopes": [x for lp in lps for x in lp.grad.tolist()],
        "entropySlopes": [x for h, zero in zip(hs, zeros) for x in (zero if h.grad is None else h.grad).tolist()],
    })

# Two steps of four groups; a reward has an accuracy and a format part; null does not count.
ACCURACY, FORMAT, DECAY, EPSILON = 1.0, 0.2, 0.9, 1e-4
steps = []
for step in range(2):
    groups = []
    for task in ["mcq", "open", "mcq", "yorn"]:
        rewards = [
            [rounded(torch.rand(1)).item() if task == "open" else float(torch.randint(2, (1,))),
             float(torch.randint(2, (1,)))] for _ in range(5)]
        if task == "open" and step == 0:
            rewards[3] = None
        if task == "yorn":
            rewards = [[1.0, 1.0]] * 5
        groups.append({"task": task, "rewards": rewards})
    steps.append(groups)


def deviation(x, kind):
    return x.std(correction=1 if kind == "sample" else 0)


def known(group):
    return torch.tensor([r for r in group["rewards"] if r is not None])


def spread_out(group, values):
    """Values of the rewards that count, with zeros for the others."""
    rest = iter(values)
    return [0.0 if r is None else float(next(rest)) for r in group["rewards"]]


def advantages_of(groups, scaling, kind, averages):
    weights = torch.tensor([ACCURACY, FORMAT])
    totals = [known(g) @ weights for g in groups]
    if scaling == "perReward":
        sums = []
        for g in groups:
            parts = known(g)
            normal = torch.zeros_like(parts)
            for part in range(2):
                sigma = deviation(parts[:, part], kind)
                if sigma > 1e-8:
                    normal[:, part] = (parts[:, part] - parts[:, part].mean()) / (sigma + EPSILON)
            sums.append(None if (parts.std(dim=0, correction=0) <= 1e-8).all() else normal @ weights)
        everything = torch.cat([s for s in sums if s is not None])
        return [
            spread_out(g, torch.zeros(len(t)) if s is None
                       else (s - everything.mean()) / (deviation(everything, kind) + EPSILON))
            for g, t, s in zip(groups, totals, sums)]
    distances = [t - t.mean() for t in totals]
    batch = deviation(torch.cat(distances), kind)
    result = []
    for g, t, d in zip(groups, totals, distances):
        if deviation(t, kind) <= 1e-8:
            d = torch.zeros(len(t))
        elif scaling == "group":
            d = d / (deviation(t, kind) + EPSILON)
        elif scaling == "batch":
            d = d / (batch + EPSILON)
        elif scaling == "taskEMA":
            first, second = averages[g["task"]]
            d = d / max(1e-3, (second - first**2).clamp(min=0).sqrt())
        result.append(spread_out(g, d))
    return result


cases = []
for kind in ["population", "sample"]:
    averages = {}
    for groups in steps:
        for task in sorted({g["task"] for g in groups}):
            x = torch.cat([known(g) @ torch.tensor([ACCURACY, FORMAT]) for g in groups if g["task"] == task])
            now = (x.mean(), (x**2).mean())
            before = averages.get(task, now)
            averages[task] = tuple(DECAY * b + (1 - DECAY) * n for b, n in zip(before, now))
        cases.append({
            "deviation": kind,
            "advantages": {s: advantages_of(groups, s, kind, averages)
                           for s in ["group", "none", "batch", "perReward", "taskEMA"]}})

print(json.dumps({
    "maxNewTokens": LIMIT,
    **{name: [x.tolist() for x in values] for name, values in [
        ("current", current), ("old", old), ("reference", reference), ("sampled", sampled), ("entropies", entropies)]},
    "advantages": advantages, "losses": losses, "steps": steps, "decay": DECAY, "cases": cases}, indent=1))

#!/usr/bin/env python3
"""Drives pages about runs and evaluations in headless Chromium, from the file system and without a server.

    scripts/page-tests/report.py PAGE.html...                      pages that r1-train or r1-eval wrote
    scripts/page-tests/report.py --screenshots FOLDER PAGE.html... also writes pictures of them
    scripts/page-tests/report.py --screenshots FOLDER --at ID ...  pictures of the section with this identifier

Each page must be silent, pass the accessibility checks in light and dark and on a phone, ask nothing of the network, show
values under the pointer, have marks in each plot and, where it has groups of answers or examples, show each of them with its
boxes inside the picture.
"""
import argparse
import json
import pathlib
import sys

sys.dont_write_bytecode = True
import browser as chromium
from case import ACCESSIBILITY
from page import Page

BOXES_OUTSIDE = """
[...document.querySelectorAll('.canvas svg')].flatMap((svg) => [...svg.querySelectorAll('rect')].filter((box) => {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(box.getAttribute(name)));
  const picture = svg.viewBox.baseVal;
  return x < 0 || y < 0 || x + width > picture.width + 1 || y + height > picture.height + 1;
})).length
"""


class Report(Page):
    """A page from a file."""

    def __init__(self, *arguments, **more):
        self.requests = []
        super().__init__(*arguments, **more)

    def loaded(self):
        self.wait("document.readyState === 'complete' && document.getElementById('data')")

    def _event(self, name, parameters):
        if name == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        super()._event(name, parameters)


def check_looks(page, what):
    """The problems that a person would have with the page as it is now."""
    problems = [f"{what}: {each}" for each in page.js(ACCESSIBILITY)]
    problems += [f"{what}: the console says {each}" for each in page.messages]
    outside = [each for each in page.requests if not each.startswith(("data:", "file:"))]
    return problems + [f"{what}: asks for {each}" for each in outside]


def check_charts(page):
    """Every chart has a curve, and says its values under the pointer."""
    problems = []
    for name in page.js("[...document.querySelectorAll('svg[data-chart]')].map((each) => each.dataset.chart)"):
        chart = f"document.querySelector('svg[data-chart=\"{name}\"]')"
        if not page.js(f"{chart}.querySelectorAll('.line, .band, .dot').length"):
            problems.append(f"chart {name} has no curve")
        said = page.js(f"""(() => {{
          const box = {chart}.getBoundingClientRect();
          {chart}.dispatchEvent(new PointerEvent('pointermove', {{ clientX: box.left + box.width * 0.9 }}));
          return {chart}.parentElement.querySelector('.readout').textContent;
        }})()""")
        if not said.startswith("step "):
            problems.append(f"chart {name} says nothing under the pointer")
    return problems


def check_groups(page):
    """Every group can be reached, has all its answers, and its boxes are inside the picture."""
    count = page.js("document.getElementById('group-step')?.options.length ?? 0")
    problems = []
    for index in range(count - 1, -1, -1):
        page.wait("[...document.querySelectorAll('.canvas img')].every((each) => each.complete)")
        label = page.js("document.getElementById('group-step').selectedOptions[0].textContent")
        expected = page.js(f"JSON.parse(document.getElementById('data').textContent).groups[{index}].answers.length")
        if page.js("document.querySelectorAll('.card').length") != expected:
            problems.append(f"group {label}: expected {expected} answers")
        if outside := page.js(BOXES_OUTSIDE):
            problems.append(f"group {label}: {outside} boxes are outside the picture")
        page.js("document.getElementById('group-before').click()")
    return problems


def check_plots(page):
    """Every plot of groups or letters has marks, each with a text, inside the plot."""
    problems = []
    for name in page.js("[...document.querySelectorAll('svg[data-plot]')].map((each) => each.dataset.plot)"):
        plot = f"document.querySelector('svg[data-plot=\"{name}\"]')"
        if not page.js(f"{plot}.querySelectorAll('.mark, .beam, .column').length"):
            problems.append(f"plot {name} has no marks")
        if not page.js(f"[...{plot}.querySelectorAll('g')].every((each) => each.querySelector('title').textContent.trim())"):
            problems.append(f"plot {name} has a mark without a text")
        outside = page.js(f"""[...{plot}.querySelectorAll('text, circle, rect, path')].filter((each) => {{
          const [box, plot] = [each.getBBox(), {plot}.viewBox.baseVal];
          return box.x < -2 || box.y < -2 || box.x + box.width > plot.width + 2 || box.y + box.height > plot.height + 2;
        }}).map((each) => each.textContent || each.outerHTML)""")
        problems += [f"plot {name}: {each} is outside" for each in outside]
    return problems


def check_examples(page):
    """Every example can be reached, has all its answers, and its boxes are inside the picture."""
    if not page.js("!!document.getElementById('example-set')"):
        return []
    problems, seen = [], 0
    choose = """((id, index) => {{ const select = document.getElementById(id); select.selectedIndex = index;
      select.dispatchEvent(new Event('change')); return select.options[index].textContent; }})('{}', {})"""
    for set_index in range(page.js("document.getElementById('example-set').options.length")):
        set_name = page.js(choose.format("example-set", set_index))
        for kind_index in range(page.js("document.getElementById('example-kind').options.length")):
            kind = page.js(choose.format("example-kind", kind_index)).split(":")[0]
            for index in range(page.js("document.getElementById('example-question').options.length")):
                label = f"example {set_name}, {kind}, {page.js(choose.format('example-question', index))}"
                page.wait("[...document.querySelectorAll('.canvas img')].every((each) => each.complete)")
                expected = page.js(f"""JSON.parse(document.getElementById('data').textContent).examples
                  .filter((each) => each.set === document.getElementById('example-set').value
                    && each.kind === document.getElementById('example-kind').value)[{index}].answers.length""")
                if page.js("document.querySelectorAll('#example .card').length") != expected:
                    problems.append(f"{label}: expected {expected} answers")
                if outside := page.js(BOXES_OUTSIDE):
                    problems.append(f"{label}: {outside} boxes are outside the picture")
                seen += 1
    expected = page.js("JSON.parse(document.getElementById('data').textContent).examples.length")
    if seen != expected:
        problems.append(f"{seen} of {expected} examples can be reached")
    return problems


def check(browser, path, screenshots, place):
    problems = []
    for what, size in [("light", {}), ("dark", {"is_dark": True}),
                       ("phone", {"width": 390, "height": 844, "is_phone": True})]:
        page = Report(browser, path.resolve().as_uri(), **size)
        if what == "light":
            problems += check_charts(page) + check_groups(page) + check_plots(page) + check_examples(page)
            page.js("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        problems += check_looks(page, what)
        if screenshots:
            if place:
                page.js(f"document.getElementById({json.dumps(place)}).scrollIntoView()")
            page.screenshot(pathlib.Path(screenshots) / f"{path.stem}-{what}.png")
        page.close()
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", metavar="PAGE.html", nargs="+", type=pathlib.Path)
    parser.add_argument("--screenshots", metavar="FOLDER")
    parser.add_argument("--at", metavar="ID", help="the element that pictures begin with")
    options = parser.parse_args()
    if options.screenshots:
        pathlib.Path(options.screenshots).mkdir(parents=True, exist_ok=True)
    path = chromium.find()
    if not path:
        sys.exit("report.py: no Chromium here; apt-get install chromium")
    browser, failed = chromium.Browser(path), False
    try:
        for page in options.pages:
            problems = check(browser, page, options.screenshots, options.at)
            failed = failed or bool(problems)
            print(f"{page}: " + ("passed" if not problems else "\n  ".join([f"{len(problems)} problems", *problems])))
    finally:
        browser.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

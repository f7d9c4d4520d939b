#!/usr/bin/env python3
"""Drives pages about runs in headless Chromium, from the file system and without a server.

    scripts/page-tests/report.py PAGE.html...                      pages that r1-train wrote
    scripts/page-tests/report.py --screenshots FOLDER PAGE.html... also writes pictures of them

Each page must be silent, pass the accessibility checks in light and dark and on a phone, ask nothing of the network, show
values under the pointer and, where it has groups of answers, each of them with its boxes inside the picture.
"""
import argparse
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


def check(browser, path, screenshots):
    problems = []
    for what, size in [("light", {}), ("dark", {"is_dark": True}),
                       ("phone", {"width": 390, "height": 844, "is_phone": True})]:
        page = Report(browser, path.resolve().as_uri(), **size)
        if what == "light":
            problems += check_charts(page) + check_groups(page)
            page.js("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        problems += check_looks(page, what)
        if screenshots:
            page.screenshot(pathlib.Path(screenshots) / f"{path.stem}-{what}.png")
        page.close()
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", metavar="PAGE.html", nargs="+", type=pathlib.Path)
    parser.add_argument("--screenshots", metavar="FOLDER")
    options = parser.parse_args()
    if options.screenshots:
        pathlib.Path(options.screenshots).mkdir(parents=True, exist_ok=True)
    path = chromium.find()
    if not path:
        sys.exit("report.py: no Chromium here; apt-get install chromium")
    browser, failed = chromium.Browser(path), False
    try:
        for page in options.pages:
            problems = check(browser, page, options.screenshots)
            failed = failed or bool(problems)
            print(f"{page}: " + ("passed" if not problems else "\n  ".join([f"{len(problems)} problems", *problems])))
    finally:
        browser.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

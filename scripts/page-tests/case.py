"""What all tests of the page share: a browser for each class, a server and a silent console for each test."""
import argparse
import pathlib
import unittest

import browser as chromium
from mock_server import MockServer
from page import Page

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DIGITS = ROOT / "Examples/handwritten/images/train-00003.png"
PHOTO = ROOT / "Tests/Fixtures/images/photo_b.png"
ACCESSIBILITY = (HERE / "accessibility.js").read_text()
options = argparse.Namespace(url=None, screenshots=None, real=None)


def scripted(test):
    """A test that needs the scripted answers."""
    def run(self):
        if options.url:
            self.skipTest("needs scripted answers" + "; real_tests.py does it with known answers" * bool(options.real))
        test(self)
    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


class PageCase(unittest.TestCase):
    """Each test has a tab of its own; at its end the console must be silent."""

    @classmethod
    def setUpClass(cls):
        cls.browser = chromium.Browser(chromium.find())

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.server = None if options.url else MockServer()
        self.allowed, self.pages = [], []

    def tearDown(self):
        for page in self.pages:
            messages = [each for each in page.messages if not any(text in each[1] for text in self.allowed)]
            page.close()
            self.assertEqual(messages, [], "the console says something")
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def open(self, url=None, **more):
        page = Page(self.browser, url or options.url or self.server.url, **more)
        self.pages.append(page)
        return page

    def check(self, page, what):
        """Runs the accessibility checks."""
        self.assertEqual(page.js(ACCESSIBILITY), [], what)

    def shoot(self, page, name):
        if options.screenshots:
            page.screenshot(pathlib.Path(options.screenshots) / f"{name}.png")

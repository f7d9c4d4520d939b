#!/usr/bin/env python3
"""Drives the web page in headless Chromium.

    scripts/page-tests/run.py                                against a server with scripted answers
    scripts/page-tests/run.py --url http://127.0.0.1:8000/   against a running r1-infer serve, without a key
    scripts/page-tests/run.py --real [BINARY]                starts r1-infer serve itself, also with limits, a key and an early end
    scripts/page-tests/run.py --screenshots FOLDER           also writes pictures of the page

Against a real server, tests that need a certain answer are skipped and named; --real has others in their place.
"""
import argparse
import atexit
import importlib.util
import json
import pathlib
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import browser as chromium
from case import DIGITS, PHOTO, ROOT, PageCase, options, scripted
from real_tests import Real, real_server  # noqa: F401


class Talking(PageCase):
    def test_asks_and_streams(self):
        page = self.open()
        page.ask("Hello there")
        answer = page.answer()
        self.assertTrue(answer)
        self.assertEqual(page.text("h1"), "Hello there")
        self.assertRegex(page.text(".answer .numbers"), r"first token \d+\.\d\d s")
        if not options.url:
            self.assertEqual(answer, "You asked: Hello there (0 pictures)")
            self.assertRegex(page.text(".answer .numbers"), r"tokens/s · 4 tokens · prompt 58 tokens")
            self.assertEqual(self.server.requests[0]["stream_options"], {"include_usage": True})
        page.ask("And again")
        page.wait("document.querySelectorAll('.question').length === 2")
        page.answer()
        if not options.url:
            roles = [each["role"] for each in self.server.requests[1]["messages"]]
            self.assertEqual(roles, ["user", "assistant", "user"])
            self.assertIn("24 cached", page.js("[...document.querySelectorAll('.numbers')].at(-1).textContent"))

    def test_pictures_by_choice_drop_and_paste(self):
        page = self.open()
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.drop(PHOTO)
        page.wait("document.querySelectorAll('#thumbnails li').length === 2 && document.getElementById('drop').hidden")
        page.js("document.getElementById('message').focus()")
        page.paste(DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 3")
        self.assertEqual(page.js("[...document.querySelectorAll('.thumbnail-name')].map((each) => each.textContent)"),
                         [DIGITS.name, PHOTO.name, "image.png"])
        if not options.url:
            page.wait("document.querySelector('.thumbnail-size').textContent === '140 × 112 · 20 tokens'")
        page.click("button", "Remove image.png")
        page.wait("document.querySelectorAll('#thumbnails li').length === 2")
        page.ask("What is this?")
        answer = page.answer(120)
        self.assertEqual(page.js("document.querySelectorAll('.question img').length"), 2)
        if not options.url:
            self.assertEqual(answer, "You asked: What is this? (2 pictures, 140 x 112, 224 x 168)")

    def test_files_that_are_no_pictures(self):
        page = self.open()
        with tempfile.TemporaryDirectory() as folder:
            broken = pathlib.Path(folder) / "broken.png"
            broken.write_bytes(DIGITS.read_bytes()[:40])
            text = pathlib.Path(folder) / "notes.txt"
            text.write_text("no picture")
            page.choose("#files", text)
            page.wait("document.getElementById('toast').textContent.includes('notes.txt is not a picture')")
            page.choose("#files", broken)
            page.wait("document.getElementById('toast').textContent.includes('broken.png cannot be shown')")
        self.assertEqual(page.js("document.querySelectorAll('#thumbnails li').length"), 0)

    @scripted
    def test_stops(self):
        page = self.open()
        for stop in (lambda: page.click("button", "Stop the answer"), lambda: page.key("Escape")):
            page.ask("slow please")
            page.wait("[...document.querySelectorAll('.answer > .text')].at(-1)?.innerText.includes('word 3')")
            stop()
            answer = page.answer(3)
            self.assertNotIn("word 190", answer)
            self.assertIn("stopped", page.js("[...document.querySelectorAll('.numbers')].at(-1).textContent"))
        end = time.monotonic() + 5
        while self.server.disconnects < 2 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.server.disconnects, 2, "the server must see that the reader left")

    def test_answers_again_and_edits(self):
        page = self.open()
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("First")
        page.answer(120)
        page.ask("Second")
        page.wait("document.querySelectorAll('.question').length === 2")
        page.answer(120)
        page.click("button", "Answer again")
        page.answer(120)
        self.assertEqual(page.js("document.querySelectorAll('.question').length"), 2)
        page.click(".question .edit", hover=".question")
        page.wait("document.activeElement.getAttribute('aria-label') === 'Edited message'")
        page.type(" changed")
        page.key("Enter")
        page.wait("document.querySelectorAll('.question').length === 1")
        answer = page.answer(120)
        if not options.url:
            self.assertEqual(answer, "You asked: First changed (1 pictures, 140 x 112)")
            self.assertEqual(len(self.server.requests), 4)
            self.assertEqual(self.server.requests[2]["messages"], self.server.requests[1]["messages"])
        # Arrow up in the empty field edits the last message; Escape leaves it as it was.
        page.js("document.getElementById('message').focus()")
        page.key("ArrowUp")
        page.wait("document.activeElement.getAttribute('aria-label') === 'Edited message'")
        page.key("Escape")
        page.wait("document.activeElement.id === 'message' && document.querySelector('.bubble')")

    @scripted
    def test_thinking_is_folded_away(self):
        page = self.open()
        page.ask("think first")
        self.assertEqual(page.answer(), "It is a 9.")
        self.assertFalse(page.js("document.querySelector('details.thinking').open"))
        self.assertRegex(page.text("summary"), r"Thought for \d+\.\d s")
        page.click("summary")
        page.wait("document.querySelector('details.thinking').open")
        self.assertEqual(page.text(".thought"), "The picture shows two digits. The one at the bottom is a 9.")
        self.assertEqual(page.js("document.querySelector('.thought strong').textContent"), "9")
        self.check(page, "thinking")

    @scripted
    def test_json_is_shown_as_code(self):
        page = self.open()
        page.ask("by schema")
        page.answer()
        self.assertEqual(page.text("pre"), '{"digit": 9, "sure": *yes*}')
        self.assertEqual(page.js("document.querySelector('.numbers').title"), "small-qwen25vl, fp_1")

    @scripted
    def test_an_empty_answer_says_so(self):
        page = self.open()
        page.ask("say nothing")
        self.assertEqual(page.answer(), "")
        page.wait("document.querySelector('.answer').innerText.includes('The model gave an empty answer.')")

    @scripted
    def test_a_page_that_was_closed_too_early(self):
        page = self.open()
        page.ask("slow please")
        page.wait("document.querySelector('.answer > .text')?.innerText.includes('word 3')")
        page.reload()
        page.click("#conversations .open", "slow please")
        page.wait("document.querySelector('.error')?.innerText.includes('closed before the answer was complete')")
        page.click(".error button", "Try again")
        page.wait("document.querySelector('.answer > .text').innerText.includes('word 3')")
        page.key("Escape")
        page.answer(3)

    @scripted
    def test_markdown_is_safe(self):
        page = self.open()
        page.ask("hostile markdown please")
        page.answer()
        count = "document.querySelectorAll('.answer > .text %s').length"
        for selector, number in {"script": 0, "img": 0, "strong": 1, "em": 2, "table": 1, "tbody tr": 2, "ol > li": 2, "ol ul > li": 2,
                                 "pre": 1, "blockquote": 2, "style": 0, "h5": 1, "a": 2}.items():
            self.assertEqual(page.js(count % selector), number, selector)
        links = page.js("[...document.querySelectorAll('.answer a')].map((each) => each.href)")
        self.assertEqual(links, ["https://example.org/a_(b)", "https://example.org/"])
        self.assertIn('<script>alert("never run")</script>', page.text(".answer > .text"))
        self.assertIn("    left, top", page.text("pre"))
        self.check(page, "markdown")
        self.shoot(page, "markdown")


class Boxes(PageCase):
    @scripted
    def test_boxes_of_the_server_are_drawn(self):
        page = self.open()
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("Locate the digits. Give the bounding boxes as JSON.")
        page.answer()
        self.assertEqual(page.js("[...document.querySelectorAll('.box-label')].map((each) => each.textContent)"), ["9", "0"])
        self.assertEqual(page.js("[...document.querySelectorAll('figcaption code')].map((each) => each.textContent)"),
                         ["41, 56, 83, 98", "3, 10, 42, 54"])
        self.is_at(page, [41 / 140, 56 / 112, 83 / 140, 98 / 112])
        self.check(page, "boxes")
        self.shoot(page, "boxes")
        page.click("figure .picture")
        page.wait("document.getElementById('viewer').open && document.querySelectorAll('#viewer .box').length === 2")
        self.check(page, "large picture")
        page.key("Escape")
        page.wait("!document.getElementById('viewer').open")

    @scripted
    def test_boxes_in_text_are_mapped_to_the_original(self):
        page = self.open()
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("Locate the digits without r1")
        page.answer()
        # The scripted plan says that the model saw the picture at twice its size.
        self.assertEqual(page.js("[...document.querySelectorAll('figcaption code')].map((each) => each.textContent)"),
                         ["21, 28, 42, 49", "2, 5, 21, 27"])
        self.is_at(page, [20.5 / 140, 28 / 112, 41.5 / 140, 49 / 112])

    def is_at(self, page, shares):
        """Whether the first box is at these shares of the picture, to a pixel."""
        place = page.js("""(() => {
            const [box, image] = ["box", "frame img"].map((name) => document.querySelector(`figure .${name}`).getBoundingClientRect());
            return [box.left - image.left, box.top - image.top, box.right - image.left, box.bottom - image.top, image.width, image.height];
        })()""")
        for index, share in enumerate(shares):
            self.assertAlmostEqual(place[index], share * place[4 + index % 2], delta=1)

    def test_only_clear_boxes_are_read(self):
        page = self.open()
        read = """(async () => {
            const { boxesInText, serverBoxes } = await import(new URL("talk/boxes.js", document.baseURI));
            const size = { width: 100, height: 100 };
            return %s;
        })()"""
        for text, count in {
                '[{"bbox_2d": [1, 2, 3, 4], "label": "a"}]': 1, '{"bbox_2d": [1, 2, 3, 4]}': 1, "See [1, 2, 3, 4]": 0, "[]": 0,
                '[{"bbox_2d": [3, 2, 1, 4]}]': 0, '[{"bbox_2d": [1, 2, 3]}]': 0, '[{"bbox_2d": [1, 2, 300, 4]}]': 0,
                '[{"bbox_2d": [1, 2, 3, 4]}, {"bbox_2d": "x"}]': 0, '[{"bbox_2d": [1, 2, 3, "4"]}]': 0, "null": 0, "[null]": 0,
                '```json\n[{"bbox_2d": [1, 2, 3, 4]}]\n```\n```json\n[{"bbox_2d": [1, 2, 3, 4]}]\n```': 0}.items():
            self.assertEqual(page.js(read % f"boxesInText({json.dumps(text)}, size, size, 0).length"), count, text)
        bad = [None, {}, {"original": [1, 2, 3]}, {"original": [4, 2, 3, 4]}, {"original": [1, 2, 3, 4], "image": 7}]
        self.assertEqual(page.js(read % f"serverBoxes({json.dumps(bad)}, 1).length"), 0)


class Errors(PageCase):
    @scripted
    def test_errors_are_shown_and_asked_again(self):
        page = self.open()
        self.allowed = ["Failed to load resource"]
        titles = {400: "The server refused the request", 401: "An API key is needed", 404: "Not found", 413: "Too large", 500: "The server failed",
                  503: "The server is not ready"}
        for status, title in titles.items():
            page.ask(f"fail {status}")
            page.answer()
            last = page.js("[...document.querySelectorAll('.error')].at(-1).innerText")
            self.assertIn(title, last)
            self.assertIn(f"The reason for {status}.", last)
        self.check(page, "errors")
        self.shoot(page, "errors")
        count = len(self.server.requests)
        page.js("[...document.querySelectorAll('.error button')].at(-1).scrollIntoView()")
        page.js("[...document.querySelectorAll('.error button')].at(-1).click()")
        page.answer()
        self.assertEqual(len(self.server.requests), count + 1)

    @scripted
    def test_a_busy_server_is_asked_again_in_time(self):
        page = self.open()
        self.allowed = ["status of 429"]
        start = time.monotonic()
        page.ask("busy?")
        page.wait("document.querySelector('.waiting').innerText.includes('The server is busy. Asking again in 1 s')")
        self.assertIn("You asked: busy?", page.answer())
        self.assertEqual(len(self.server.requests), 3)
        self.assertGreaterEqual(time.monotonic() - start, 2)
        # A reader who does not want to wait stops.
        page.ask("busy?")
        page.wait("[...document.querySelectorAll('.waiting')].at(-1).innerText.includes('Asking again')")
        page.key("Escape")
        page.answer(2)

    @scripted
    def test_answers_that_break_off(self):
        page = self.open()
        page.ask("break it")
        self.assertEqual(page.answer(), "A part of")
        self.assertIn("The engine stopped.", page.text(".error"))
        page.ask("cut it")
        page.wait("document.querySelectorAll('.error').length === 2")
        self.assertIn("Connection lost", page.js("[...document.querySelectorAll('.error')].at(-1).innerText"))

    @scripted
    def test_a_server_that_is_gone(self):
        page = self.open()
        self.allowed = ["Failed to load resource", "ERR_CONNECTION_REFUSED"]
        self.server.shutdown()
        self.server.server_close()
        page.ask("Hello?")
        page.answer()
        self.assertIn("The server cannot be reached", page.text(".error"))
        self.server = None

    @scripted
    def test_key(self):
        self.server.key = "secret-key"
        page = self.open()
        self.allowed = ["status of 401"]
        self.assertEqual(page.text("#server-text"), "An API key is needed")
        page.ask("Hello")
        page.answer()
        page.click(".error button", "Enter a key")
        page.wait("document.getElementById('settings').open")
        page.click("#api-key")
        page.type("secret-key")
        page.click("#settings-form button", "Save")
        page.wait("document.querySelector('.server.ready')")
        page.click(".error button", "Try again")
        page.wait("!document.querySelector('.error')")
        self.assertEqual(page.answer(), "You asked: Hello (0 pictures)")
        self.assertEqual(page.js("localStorage.getItem('r1.key')"), None, "the key stays in the tab unless asked")


class Settings(PageCase):
    @scripted
    def test_settings_reach_the_server(self):
        page = self.open()
        page.click("button", "Settings")
        page.wait("document.getElementById('settings').open")
        self.check(page, "settings")
        for field, text in {"#system": "Be brief.", "#temperature": "3", "#top-p": "0.9", "#max-tokens": "64", "#seed": "7",
                            "#schema": '{"type": "object"}'}.items():
            page.click(field)
            page.type(text)
        page.click("#settings-form button", "Save")
        page.wait("document.getElementById('settings-problem').innerText.includes('Temperature: expected a number from 0 to 2, found \"3\"')")
        self.shoot(page, "settings")
        page.js("document.getElementById('temperature').select()")
        page.type("0.5")
        page.click("#settings-form button", "Save")
        page.wait("!document.getElementById('settings').open")
        page.ask("Hello")
        page.answer()
        body = self.server.requests[0]
        self.assertEqual(body["messages"][0], {"role": "system", "content": "Be brief."})
        self.assertEqual((body["temperature"], body["top_p"], body["max_tokens"], body["seed"]), (0.5, 0.9, 64, 7))
        self.assertEqual(body["response_format"]["json_schema"]["schema"], {"type": "object"})
        page.reload()
        page.click("button", "Settings")
        self.assertEqual(page.js("document.getElementById('temperature').value"), "0.5")

    def test_light_and_dark(self):
        page = self.open(is_dark=True)
        dark = page.js("getComputedStyle(document.body).backgroundColor")
        page.ask("Hello")
        page.answer(60)
        self.check(page, "dark")
        page.click("button", "Colors: as the system")
        page.wait(f"getComputedStyle(document.body).backgroundColor !== '{dark}'")
        self.check(page, "light")
        page.click("button", "Colors: light")
        page.wait(f"getComputedStyle(document.body).backgroundColor === '{dark}'")
        page.reload()
        self.assertEqual(page.js("document.documentElement.dataset.theme"), "dark")


class Kept(PageCase):
    def test_conversations_are_kept_renamed_deleted(self):
        page = self.open()
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("Kept one")
        page.answer(60)
        page.click("button", "New conversation")
        page.ask("Kept two")
        page.answer(60)
        page.reload()
        page.wait("document.querySelectorAll('#conversations li').length === 2")
        page.click("#conversations .open", "Kept one")
        page.wait("document.querySelector('h1').textContent === 'Kept one'")
        self.assertEqual(page.js("document.querySelector('.question img').naturalWidth"), 140)
        page.click("button", "Rename Kept one", hover="#conversations .current")
        page.wait("document.activeElement.getAttribute('aria-label') === 'New title'")
        page.type("Digits")
        page.key("Enter")
        page.wait("document.querySelector('h1').textContent === 'Digits'")
        page.click("button", "Delete Digits", hover="#conversations .current")
        page.wait("document.querySelectorAll('#conversations li').length === 1 && document.querySelector('h1').textContent === 'New conversation'")
        page.click("button", "Undo")
        page.wait("document.querySelectorAll('#conversations li').length === 2")

    def test_full_storage(self):
        page = self.open()
        page.js("""new Promise((resolve, reject) => {
            const opening = indexedDB.open("r1-conversations", 1);
            opening.onerror = reject;
            opening.onsuccess = () => {
                const transaction = opening.result.transaction("titles", "readwrite");
                transaction.objectStore("titles").put({ id: "x", title: "Large", updated: 1, bytes: 256 * 2 ** 20 - 50 });
                transaction.oncomplete = () => { opening.result.close(); resolve(true); };
            };
        })""")
        page.ask("One more")
        page.answer(60)
        page.wait("document.getElementById('toast').textContent.includes('storage is full')")
        self.assertEqual(page.js("document.querySelectorAll('#conversations li').length"), 1)
        # Room made by deleting is used at once.
        page.click("button", "Delete Large", hover="#conversations li")
        page.wait("document.querySelectorAll('#conversations li').length === 0")
        page.ask("Again")
        page.wait("document.querySelectorAll('#conversations li').length === 1", 60)
        page.answer(60)

    def test_export_and_import(self):
        page = self.open()
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            page.save_downloads(folder)
            page.choose("#files", DIGITS)
            page.wait("document.querySelectorAll('#thumbnails li').length === 1")
            page.ask("Take me along")
            page.answer(60)
            page.click("button", "Export all")
            file = folder / "conversations.json"
            end = time.monotonic() + 10
            while not file.exists() and time.monotonic() < end:
                time.sleep(0.05)
            content = json.loads(file.read_text())
            self.assertEqual((content["format"], content["version"], len(content["conversations"])), ("r1-conversations", 1, 1))
            other = self.open()
            other.choose("#import-file", file)
            other.wait("document.querySelectorAll('#conversations li').length === 1")
            other.click("#conversations .open", "Take me along")
            other.wait("document.querySelector('.question img')?.naturalWidth === 140")
            self.assertEqual(other.js("document.querySelector('.answer > .text').innerText"), page.js("document.querySelector('.answer > .text').innerText"))
            turns = content["conversations"][0]["turns"]
            turns[0]["pictures"][0]["url"] = "https://example.org/x.png"
            for bad, message in [("{", "The file is not JSON"), ("[]", "not an export of this page"),
                                 (json.dumps(content), "conversations[0].turns[0].pictures[0].url: expected a picture as a data URL"),
                                 (json.dumps({**content, "version": 9}), "version 9"),
                                 (json.dumps({**content, "conversations": [{"title": 3}]}), "conversations[0].title: expected a text, found 3")]:
                file.write_text(bad)
                other.choose("#import-file", file)
                other.wait(f"document.getElementById('toast').textContent.includes({json.dumps(message)})")
            self.assertEqual(other.js("document.querySelectorAll('#conversations li').length"), 1)


class Reading(PageCase):
    """Keyboard, screen reader, phone."""

    def test_keyboard_only(self):
        page = self.open()
        # Leaves the page at its end and comes in again at its start.
        while page.js("document.activeElement !== document.body"):
            page.key("Tab")
        order = []
        while page.js("document.activeElement.id") != "message" and len(order) < 20:
            page.key("Tab")
            order.append(page.js("(document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()"))
            is_shown = "getComputedStyle(document.activeElement).outlineStyle !== 'none' || document.activeElement.id === 'message'"
            self.assertTrue(page.js(is_shown), f"the focus is not shown on {order[-1]}")
        expected = ["Skip to the message", "New conversation", "Import", "Settings", "Messages", "Message"]
        self.assertEqual([each for each in order if each in expected], expected, order)
        page.type("One line")
        page.key("Enter", shift=True)
        page.type("two lines")
        self.assertEqual(page.js("document.getElementById('message').value"), "One line\ntwo lines")
        page.key("Enter")
        page.answer(60)
        self.assertEqual(page.js("document.querySelector('.bubble').textContent"), "One line\ntwo lines")
        self.assertEqual(page.js("document.activeElement.id"), "message")
        self.assertIn("Answer complete.", page.text("#announcement"))

    def test_phone(self):
        page = self.open(width=390, height=844, is_phone=True)
        self.check(page, "phone, empty")
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("Locate the digits. Give the bounding boxes as JSON.")
        page.answer(120)
        self.check(page, "phone")
        self.shoot(page, "phone")
        page.click("button", "Open the list of conversations")
        page.wait("document.activeElement.id === 'close-sidebar'")
        time.sleep(0.3)
        self.check(page, "phone, list")
        self.shoot(page, "phone-list")
        page.key("Escape")
        page.wait("document.activeElement.id === 'open-sidebar'")

    def test_empty_page(self):
        page = self.open()
        self.check(page, "empty")
        self.shoot(page, "empty")
        page.click(".suggestions button", "Read all the text in this picture.")
        self.assertEqual(page.js("document.getElementById('message').value"), "Read all the text in this picture.")

    @scripted
    def test_pictures_for_the_pages(self):
        if not options.screenshots:
            self.skipTest("no screenshots are asked for")
        for name, is_dark in [("light", False), ("dark", True)]:
            page = self.open(width=1200, height=860, is_dark=is_dark)
            for question in ["What does photosynthesis need?", "Describe this picture in two sentences."]:
                page.ask(question)
                page.answer()
                page.click("button", "New conversation")
            page.choose("#files", DIGITS)
            page.wait("document.querySelectorAll('#thumbnails li').length === 1")
            page.ask("Locate the digits. Give the bounding boxes as JSON." if not is_dark else "Which digit is at the bottom? Think first.")
            page.answer()
            if is_dark:
                page.ask("Explain it, in Markdown.")
                page.wait("document.querySelectorAll('.question').length === 2")
                page.answer()
            page.wait("document.getElementById('toast').hidden")
            self.shoot(page, name)


class Parts(PageCase):
    """The modules without a page around them."""

    def module(self, path, expression):
        return self.page.js(f"(async () => {{ const module = await import(new URL('{path}', document.baseURI)); return {expression}; }})()")

    def test_events(self):
        self.page = self.open()
        text = ": hi\r\ndata: {\"a\": \"\u00e9\U0001F600\"}\r\n\r\nevent: x\ndata: one\ndata: two\n\ndata:three\r\rid: 5\n\ndata: cut"
        data = list(text.encode())
        for size in (1, 2, 3, 7, 1000):
            found = self.module("talk/events.js", f"""await (async () => {{
                const bytes = new Uint8Array({data});
                const chunks = async function* () {{ for (let at = 0; at < bytes.length; at += {size}) yield bytes.slice(at, at + {size}); }};
                const found = [];
                for await (const each of module.eventData(chunks())) found.push(each);
                return found;
            }})()""")
            self.assertEqual(found, ['{"a": "\u00e9\U0001F600"}', "one\ntwo", "three"], size)

    def test_thinking(self):
        self.page = self.open()
        for text, expected in {
                "plain": [None, False, "plain"],
                "<think>a": ["a", True, ""],
                "<think>a</thi": ["a", True, ""],
                "<think>a</think>b": ["a", False, "b"],
                "\n<think>a</think>\n<answer>b</answer>": ["a", False, "b"],
                "<think>a</think><answer>b": ["a", False, "b"],
                "<think>a</think>so <answer>b</answer>": ["a", False, "so b"],
                "write `<answer>` here": [None, False, "write `<answer>` here"],
                "a <think> later": [None, False, "a <think> later"],
                "x < y": [None, False, "x < y"]}.items():
            found = self.module("talk/answer.js", f"(({{ thinking, isThinking, answer }}) => [thinking, isThinking, answer])(module.parts({json.dumps(text)}))")
            self.assertEqual(found, expected, text)

    def test_retry_after(self):
        self.page = self.open()
        for header, seconds in {"5": 5, "0": 0, "1.5": 2, "999999": 600, "soon": None, "Thu, 01 Jan 1970 00:00:30 GMT": 30}.items():
            self.assertEqual(self.module("talk/api.js", f"module.retryAfter({json.dumps(header)}, 0)"), seconds, header)

    def test_markdown_of_any_text_ends(self):
        """Texts that make careless readers slow, and nesting without end."""
        self.page = self.open()
        for text in ["> " * 3000, "- " * 3000, "*" * 5000, "`" * 5000, "[" * 5000, "|" * 5000 + "\n" + "|-" * 2500, "_a" * 3000, "**a " * 2000,
                     "  " * 2000 + "- a", "\n".join(" " * depth + "- a" for depth in range(300)), "```", "1. ", "#", "a\r\nb\rc", "\u0000\ufffd"]:
            seconds = self.module("view/markdown.js", f"""(() => {{
                const place = document.createElement("div");
                const start = performance.now();
                module.showMarkdown(place, {json.dumps(text)});
                return (performance.now() - start) / 1000;
            }})()""")
            self.assertLess(seconds, 2, text[:20])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="the address of a running server")
    parser.add_argument("--real", nargs="?", const=ROOT / ".build/release/r1-infer", type=pathlib.Path, metavar="BINARY",
                        help="start this r1-infer serve with the small model; by default the release build")
    parser.add_argument("--screenshots", help="a folder for pictures of the page")
    parser.add_argument("tests", nargs="*", help="names of tests, such as Talking.test_stops")
    parser.parse_args(namespace=options)
    if chromium.find() is None:
        sys.exit("page-test: Chromium is missing; on Debian: apt-get install chromium")
    if options.screenshots:
        pathlib.Path(options.screenshots).mkdir(parents=True, exist_ok=True)
    if options.real:
        if not options.real.is_file():
            sys.exit(f"page-test: there is no {options.real}: swift build -c release --product r1-infer")
        if importlib.util.find_spec("openai") is None:
            sys.exit("page-test: --real needs pip install openai")
        shared = real_server()
        atexit.register(shared.stop)
        options.url = f"{shared.url}/"
    unittest.main(argv=[sys.argv[0], *options.tests], verbosity=2)


if __name__ == "__main__":
    main()

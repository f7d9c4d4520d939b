"""The page with servers of its own: long answers, exact answers, limits, a key, and an end in the middle.

A JSON schema of one value makes the model give a known answer, and one of many numbers a long one.
"""
import json
import sys
import threading

from case import DIGITS, ROOT, PageCase, options

sys.path.insert(0, str(ROOT / "scripts/serve-tests"))
LONG = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}, "minItems": 1200, "maxItems": 1200}


def real_server(*more, **keys):
    """A server with the small model that has loaded it."""
    from server import Server
    Server.binary = options.real.resolve()
    return Server(*more, **keys).__enter__()


class Real(PageCase):
    """Each test starts the server that it needs."""

    def setUp(self):
        if not options.real:
            self.skipTest("needs --real")
        super().setUp()
        self.servers = []

    def tearDown(self):
        super().tearDown()
        for server in self.servers:
            server.stop()

    def open_at(self, *more, **keys):
        """A page of a new server."""
        server = real_server(*more, **keys)
        self.servers.append(server)
        page = self.open(url=f"{server.url}/", key=keys.get("key"))
        return server, page

    def set(self, page, **fields):
        page.click("button", "Settings")
        page.wait("document.getElementById('settings').open")
        for field, value in fields.items():
            selector = "#" + field.replace("_", "-")
            page.click(selector)
            page.js(f"document.querySelector('{selector}').select()")
            page.type(value if isinstance(value, str) else json.dumps(value))
        page.click("#settings-form button", "Save")

    def begin_long(self, page):
        self.set(page, schema=LONG, max_tokens="3000")
        page.wait("!document.getElementById('settings').open")
        page.ask("Count")
        page.wait("[...document.querySelectorAll('.answer > .text')].at(-1)?.innerText.length > 20", 60)

    def test_stops(self):
        server, page = self.open_at()
        self.begin_long(page)
        for stop in (lambda: page.click("button", "Stop the answer"), lambda: page.key("Escape")):
            stop()
            answer = page.answer(5)
            self.assertNotIn("]", answer)
            self.assertIn("stopped", page.js("[...document.querySelectorAll('.numbers')].at(-1).textContent"))
            server.wait(lambda: server.metrics()["vllm:num_requests_running"] == 0, "the server sees that the reader left", 5)
            self.assertEqual(server.metrics()["r1_cache_used_pages"], 0)
            page.ask("Again")
            page.wait("[...document.querySelectorAll('.answer > .text')].at(-1)?.innerText.length > 20", 60)
        page.key("Escape")
        page.answer(5)

    def test_a_page_that_was_closed_too_early(self):
        server, page = self.open_at()
        self.begin_long(page)
        page.reload()
        server.wait(lambda: server.metrics()["vllm:num_requests_running"] == 0, "the server sees that the reader left", 5)
        page.click("#conversations .open", "Count")
        page.wait("document.querySelector('.error')?.innerText.includes('closed before the answer was complete')")
        page.click(".error button", "Try again")
        page.wait("document.querySelector('.answer > .text')?.innerText.length > 20", 60)
        page.key("Escape")
        page.answer(5)

    def test_thinking_is_folded_away(self):
        _, page = self.open_at()
        self.set(page, temperature="0")
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("Locate the digit 3. Give its bounding box.")
        page.answer(60)
        self.assertFalse(page.js("document.querySelector('details.thinking').open"))
        self.assertRegex(page.text("summary"), r"Thought for \d+\.\d s")
        page.click("summary")
        page.wait("document.querySelector('details.thinking').open")
        self.assertIn("3", page.text(".thought"))
        self.assertNotIn("<", page.text(".thought"))
        self.check(page, "thinking")

    def test_boxes_are_drawn_in_original_pixels(self):
        server, page = self.open_at("--max-pixels", "6272")
        plan = self.plan(server)
        self.assertLess(plan["resized"]["width"], 140, "the picture is made smaller")
        width, height = plan["resized"]["width"], plan["resized"]["height"]
        box = [width // 4, height // 2, width // 2, height]
        self.set(page, schema={"const": [{"bbox_2d": box, "label": "9"}, {"bbox_2d": [0, 0, 8, 8], "label": "<i>0</i>"}]}, max_tokens="900")
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.wait(f"document.querySelector('.thumbnail-size').textContent === '140 \u00d7 112 \u00b7 {plan['tokens']} tokens'")
        page.ask("Locate the digits.")
        page.answer(60)
        self.assertEqual(page.js("[...document.querySelectorAll('.box-label')].map((each) => each.textContent)"), ["9", "<i>0</i>"])
        found = page.js("document.querySelector('figcaption code').textContent")
        expected = [edge * (112 / height if index % 2 else 140 / width) for index, edge in enumerate(box)]
        for edge, wanted in zip(map(float, found.split(",")), expected):
            self.assertAlmostEqual(edge, wanted, delta=0.51)
        place = page.js("""(() => {
            const [box, image] = ["box", "frame img"].map((name) => document.querySelector(`figure .${name}`).getBoundingClientRect());
            return [(box.left - image.left) / image.width, (box.bottom - image.top) / image.height];
        })()""")
        self.assertAlmostEqual(place[0], expected[0] / 140, delta=0.01)
        self.assertAlmostEqual(place[1], expected[3] / 112, delta=0.01)
        self.check(page, "boxes")
        page.click("figure .picture")
        page.wait("document.getElementById('viewer').open && document.querySelectorAll('#viewer .box').length === 2")
        page.key("Escape")

    def plan(self, server):
        import chat_checks
        return server.post("/v1/vision/plan", {"image_url": {"url": chat_checks.picture_url(DIGITS)}})[2]

    def test_settings_reach_the_server(self):
        _, page = self.open_at()
        self.set(page, temperature="3")
        page.wait("document.getElementById('settings-problem').innerText.includes('Temperature: expected a number from 0 to 2')")
        page.click("#temperature")
        page.js("document.getElementById('temperature').select()")
        page.type("1.5")
        page.click("#settings-form button", "Save")
        page.wait("!document.getElementById('settings').open")
        answers = []
        for seed in ("7", "7", "8"):
            self.set(page, seed=seed, max_tokens="40")
            page.wait("!document.getElementById('settings').open")
            page.click("button", "New conversation")
            page.ask("Tell me something.")
            answers.append(page.answer(60))
        self.assertEqual(answers[0], answers[1])
        self.assertNotEqual(answers[0], answers[2])
        self.set(page, schema={"const": {"digit": 9, "sure": "*yes* <b>"}}, max_tokens="300", system="Be brief.")
        page.click("button", "New conversation")
        page.ask("By schema")
        page.answer(60)
        self.assertEqual(json.loads(page.text("pre")), {"digit": 9, "sure": "*yes* <b>"})
        self.assertRegex(page.js("document.querySelector('.numbers').title"), "^small, r1-[0-9a-f]{16}$")
        self.set(page, schema={"type": "string", "format": "date"})
        self.allowed = ["status of 400"]
        page.ask("By a schema that is refused")
        page.answer(60)
        self.assertIn("response_format.json_schema.schema/format: this keyword is not supported", page.js("[...document.querySelectorAll('.error')].at(-1).innerText"))

    def test_limits_are_explained(self):
        _, page = self.open_at("--max-image-side", "100")
        self.allowed = ["status of 413", "status of 400"]
        page.choose("#files", DIGITS)
        page.wait("document.querySelectorAll('#thumbnails li').length === 1")
        page.ask("What is it?")
        page.answer(60)
        self.assertIn("Too large", page.text(".error"))
        self.assertIn("the limit is 100", page.text(".error"))
        page.click("button", "New conversation")
        page.ask("word " * 9000)
        page.answer(60)
        self.assertIn("tokens", page.text(".error"))

    def test_a_busy_server_is_asked_again_in_time(self):
        from server import Server
        server, page = self.open_at("--max-queue", "1")
        self.allowed = ["status of 429"]
        held = server.connect({"model": "small", "messages": [{"role": "user", "content": "x"}], "max_tokens": 3900, "stream": True,
                               "logit_bias": Server.end_tokens()})
        server.wait(lambda: server.metrics()["vllm:num_requests_running"] == 1, "the server is busy")
        page.ask("busy?")
        page.wait("document.querySelector('.waiting')?.innerText.includes('The server is busy. Asking again in')")
        threading.Timer(0.2, held.close).start()
        self.assertTrue(page.answer(60))

    def test_an_answer_that_breaks_off_and_a_server_that_is_gone(self):
        server, page = self.open_at()
        self.allowed = ["Failed to load resource", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET"]
        self.begin_long(page)
        server.stop()
        page.answer(20)
        self.assertIn("Connection lost", page.text(".error"))
        page.ask("Hello?")
        page.answer(20)
        self.assertIn("The server cannot be reached", page.js("[...document.querySelectorAll('.error')].at(-1).innerText"))

    def test_an_end_with_replies(self):
        server, page = self.open_at()
        self.allowed = ["Failed to load resource", "ERR_CONNECTION_REFUSED"]
        self.begin_long(page)
        server.terminate()
        answer = page.answer(120)
        self.assertEqual(len(json.loads(answer)), 1200, "a reply that runs is completed")
        self.assertFalse(page.js("document.querySelector('.error')"))

    def test_key(self):
        _, page = self.open_at(key="secret-key")
        page.ask("Hello")
        self.assertTrue(page.answer(60))
        self.assertFalse(page.js("document.querySelector('.error')"))


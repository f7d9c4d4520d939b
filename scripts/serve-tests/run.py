#!/usr/bin/env python3
"""Starts the release `r1-infer serve` with the small model and drives it with the real `openai` client.

    scripts/serve-tests/run.py                           every check, one line each
    scripts/serve-tests/run.py --only schemas            the checks whose title has this word
    scripts/serve-tests/run.py --soak 10 --clients 64    load for ten minutes instead

Needs `pip install openai jsonschema`. Exits with 1 when something is wrong.
"""
import argparse
import importlib.util
import pathlib
import sys
import time
import traceback

sys.dont_write_bytecode = True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, help="another r1-infer")
    parser.add_argument("--only", default="", help="a word of the titles")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="load for so long instead of the checks")
    parser.add_argument("--clients", type=int, default=64)
    options = parser.parse_args()
    missing = [name for name in ("openai", "jsonschema") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"python3 has no {' and no '.join(missing)}: pip install openai jsonschema")
    import server
    if options.binary:
        server.Server.binary = options.binary.resolve()
    if not server.Server.binary.is_file():
        sys.exit(f"there is no {server.Server.binary}: swift build -c release --product r1-infer")
    import attack_checks, chat_checks, checks, ending_checks, schema_checks, soak  # noqa: E401, F401
    todo = checks.ALL
    if options.soak:
        todo = [(f"{options.clients} clients for {options.soak:g} minutes", lambda: soak.soak(options.soak, options.clients))]
    failed = 0
    for title, function in todo:
        if options.only not in title:
            continue
        start = time.monotonic()
        try:
            function()
            print(f"ok      {title} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAILED  {title}: {error}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc()
    print(f"{failed} failed" if failed else "all is well")
    sys.exit(1 if failed else 0)


main()

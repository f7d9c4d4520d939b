#!/usr/bin/env python3
"""Runs a command and prints its seconds and the most memory of its own that it had.

usage: scripts/measured.py COMMAND...

Own memory is RssAnon of /proc/PID/status, looked at every 5 ms: mapped pages of files belong to the page cache and are
not in it. Prints `SECONDS MIB_OWN MIB_ALL` on the last line of stdout; the command's own output goes to stderr.
"""
import re, subprocess, sys, time

start = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
peak = {"RssAnon": 0, "VmHWM": 0}
while process.poll() is None:
    try:
        with open(f"/proc/{process.pid}/status") as file:
            for name, value in re.findall(r"^(RssAnon|VmHWM):\s+(\d+) kB", file.read(), re.M):
                peak[name] = max(peak[name], int(value))
    except (FileNotFoundError, ProcessLookupError):
        pass
    time.sleep(0.005)
print(f"{time.monotonic() - start:.2f} {peak['RssAnon'] / 1024:.0f} {peak['VmHWM'] / 1024:.0f}")
sys.exit(process.returncode)

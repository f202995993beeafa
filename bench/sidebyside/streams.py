"""Measurements beyond the speed of one stream: round trips, concurrent sessions, memory with a slow page server."""
import contextlib
import json
import statistics
import subprocess
import time

from . import inputs, session
from .processes import Failed, MemorySampler, Process

ROUND_TRIPS = 2000
SLOW_BYTES_PER_SECOND = "200M"
SLOW_STREAM = "8G"


@contextlib.contextmanager
def pairs_on(setup, link_name, folder, tools, sink=None):
    """Starts pairs of these tools; leaves out those that do not start."""
    with setup.link(link_name) as link, contextlib.ExitStack() as stack:
        pairs = []
        for number, tool in enumerate(tools, 1):
            pair = tool(link, setup.pki, setup.work / folder, number, sink or setup.sink)
            stack.callback(pair.stop)
            pair.start()
            pairs.append(pair)
        yield pairs


def with_port(setup):
    """pageproxy-child has no port for a dumper to connect to."""
    return [tool for name, tool in setup.tools.items() if name != "pageproxy-child"]


def dumpers(pair, argument_lists, seconds):
    """Runs dumpers that begin at the same time, or each as soon as it may; returns how much they sent."""
    running, outs = [], []
    try:
        for number, arguments in enumerate(argument_lists):
            outs.append(pair.work / f"sent-{number}.json")
            words = [session.DUMPER, "--wait", "--out", outs[-1], "--timeout", seconds, "--connect", pair.entry_address(), *arguments]
            running.append(subprocess.Popen([str(w) for w in pair.link.on_source(words)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        time.sleep(1.5)  # they fill their memory before they wait for the start; nothing tells when they have
        for process in running:
            pair.await_turn()
            process.stdin.close()
        for process in running:
            if process.wait(seconds + 10) != 0:
                raise Failed(f"{pair.name}: {process.stderr.read().strip()}")
    finally:
        for process in running:
            process.kill()
            process.wait(10)
            process.stderr.close()
    return [json.loads(out.read_text()) for out in outs]


def round_trips(setup, say):
    """Measures OPEN2 and its answer, one round trip per process and shared memory object while the tasks are frozen."""
    rows = []
    for link_name in setup.links:
        with pairs_on(setup, link_name, "rtt", with_port(setup)) as pairs:
            for run in range(-setup.warm_ups, setup.runs):
                for pair in pairs:
                    pair.clear()
                    sent = dumpers(pair, [["--rtt", ROUND_TRIPS]], 120)[0]["rtt"]
                    say(f"{link_name:9} rtt {pair.name:17} {sent}")
                    if run >= 0:
                        rows.append({"link": link_name, "tool": pair.name, "run": run, **sent})
    return rows


def sessions(setup, say):
    """Compares n concurrent sessions with one session, each carrying 1/n of its size."""
    rows = []
    for link_name in setup.links:
        with pairs_on(setup, link_name, "sessions", with_port(setup)) as pairs:
            for name in setup.inputs:
                for run in range(-setup.warm_ups, setup.runs):
                    for pair in pairs:
                        for count in (1, setup.sessions):
                            pair.clear()
                            arguments = inputs.arguments(name, setup.input_folder, link_name, part=count)
                            sent = dumpers(pair, [arguments] * count, 300)
                            total = sum(s["bytes"] for s in sent)
                            seconds = max(s["end"] for s in sent) - min(s["start"] for s in sent)
                            say(f"{link_name:9} {name:8} {pair.name:17} {count:3} sessions {total / seconds / 1e6:7.0f} MB/s")
                            if run >= 0:
                                rows.append({"link": link_name, "input": name, "tool": pair.name, "sessions": count, "bytes": total, "mb_per_s": total / seconds / 1e6})
    return rows


def memory(setup, say, slow_sink):
    """Sends a long stream to a slow page server; the memory of the proxies must stay bounded."""
    rows = []
    for tool in with_port(setup):
        if tool.name == "none":
            continue
        with pairs_on(setup, "loopback", "memory", [tool], slow_sink) as (pair,):
            ends = pair.ends()
            with MemorySampler([end.pid for end in ends], "VmRSS", 1) as sampler:
                sent = dumpers(pair, [["--fresh", SLOW_STREAM]], 300)[0]
            source, dest = (max(column) for column in zip(*(row for _, row in sampler.samples)))
            say(f"memory {tool.name:17} {sent['mb_per_s']:.0f} MB/s, peaks {source:.0f} + {dest:.0f} MiB")
            rows.append({"tool": tool.name, "mb_per_s": sent["mb_per_s"], "bytes": sent["bytes"], "samples": sampler.samples})
    return rows


def middle(rows, field):
    return statistics.median(row[field] for row in rows)


def by(rows, *fields):
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[field] for field in fields), []).append(row)
    return groups


def report_round_trips(rows):
    lines = ["## Round trips", "", f"OPEN2 and its answer, µs; {ROUND_TRIPS} a session, medians of the sessions. The first one pays for what a tool sets up only then.", "",
             "| | | first | p50 | p99 |", "|---|---|--:|--:|--:|"]
    for (link, tool), group in by(rows, "link", "tool").items():
        lines.append(f"| {link} | {tool} | {middle(group, 'first_us'):,.0f} | {middle(group, 'p50_us'):,.0f} | {middle(group, 'p99_us'):,.0f} |")
    return lines + [""]


def report_sessions(rows):
    lines = ["## Many sessions at a time", "", "MB/s of all sessions together, from the start of the first to the end of the last.", "",
             "| | | | 1 session | at a time | |", "|---|---|---|--:|--:|--:|"]
    for (link, name, tool), group in by(rows, "link", "input", "tool").items():
        one, many = (middle([row for row in group if (row["sessions"] == 1) == alone], "mb_per_s") for alone in (True, False))
        count = max(row["sessions"] for row in group)
        lines.append(f"| {link} | {name} | {tool} | {one:,.0f} | {count}: {many:,.0f} | × {many / one:.2f} |")
    return lines + [""]


def report_memory(rows):
    lines = ["## Memory behind a slow page server", "", f"{SLOW_STREAM}iB of pages into a page server that takes {SLOW_BYTES_PER_SECOND}iB/s. RSS, MiB, sampled each second.", "",
             "| | MB/s | source: middle, peak | dest: middle, peak |", "|---|--:|--:|--:|"]
    for row in rows:
        columns = list(zip(*(values for _, values in row["samples"])))
        ends = [f"{statistics.median(column):,.0f}, {max(column):,.0f}" for column in columns]
        lines.append(f"| {row['tool']} | {row['mb_per_s']:,.0f} | {ends[0]} | {ends[1]} |")
    return lines + [""]

"""One stream through one pair, measured and verified."""
import json
import os
import pathlib
import subprocess
import time

from . import processes
from .processes import Failed, MemorySampler, Process
from .tools import HERE, PageProxyChild

DUMPER = HERE / "native/build/bench-dumper"
SESSION_SECONDS = 600


def run(pair, dumper_arguments):
    """Returns the sample; raises Failed if the stream did not arrive completely."""
    pair.clear()
    out = pair.work / "sent.json"
    out.unlink(missing_ok=True)
    dumper = [str(DUMPER), "--out", str(out), "--timeout", str(SESSION_SECONDS), *dumper_arguments]
    child = isinstance(pair, PageProxyChild)
    before = [processes.cpu_seconds(end.pid, pair.cpu_of_children) for end in pair.ends()]
    if child:
        before = [0.0, processes.cpu_seconds(pair.dest.pid, False)]
        words = pair.session_words(dumper)
    else:
        words = pair.link.on_source([*dumper, "--connect", pair.entry_address()])
    wire, busy, began = pair.link.sent_bytes(), processes.busy_seconds(), time.monotonic()
    client = Process(f"{pair.name} client", words, pair.work / "client.log")
    try:
        watched = [client, pair.dest] if child else [end for end in pair.ends()]
        with MemorySampler([end.pid for end in watched], "VmHWM", 0.2) as memory:
            code, client_cpu = client.wait(SESSION_SECONDS + 30)
    finally:
        client.stop()
    wire, elapsed = pair.link.sent_bytes() - wire, time.monotonic() - began
    if code != 0:
        raise Failed("; ".join([f"exit {code}: {client.said()}", *(f"{process.name}: {process.said()}" for process in pair.processes),
                                *(f"page server: {log.read_text()}" for log in pair.images.rglob("page-server.log"))]))
    sent = json.loads(out.read_text())
    received = await_report(pair)
    if received["bytes"] != sent["bytes"] or received["pages"] != sent["pages"]:
        raise Failed(f"{pair.name}: sent {sent['bytes']} bytes, but {received['bytes']} came")

    sample = {"bytes": sent["bytes"], "seconds": sent["seconds"], "mb_per_s": sent["bytes"] / sent["seconds"] / 1e6,
              "load": os.getloadavg()[0], "dumper_cpu": sent["cpu_seconds"], "sink_cpu": received["cpu_seconds"]}
    after = [processes.settled_cpu_seconds(end.pid, pair.cpu_of_children) for end in pair.ends()]
    if child:
        after = [client_cpu - sent["process_cpu_seconds"], processes.settled_cpu_seconds(pair.dest.pid, False)]
    if after:
        sample["cpu_source"], sample["cpu_dest"] = (round(a - b, 3) for a, b in zip(after, before))
        sample["cpu_per_gb"] = (sample["cpu_source"] + sample["cpu_dest"]) / (sent["bytes"] / 1e9)
        sample["rss_source"], sample["rss_dest"] = memory.peaks()
    ours = sent["process_cpu_seconds"] + received["cpu_seconds"] + sample.get("cpu_source", 0) + sample.get("cpu_dest", 0)
    sample["others_cpu"] = round(max(0.0, processes.busy_seconds() - busy - ours) / max(elapsed, 0.001), 2)
    sample["wire_bytes"] = wire_bytes(pair, wire, sent["bytes"])
    return sample


def await_report(pair):
    """Returns what the sink has received, which it prints right after it has answered CLOSE."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if pair.received.exists() and pair.received.read_text().endswith("\n"):
            return json.loads(pair.received.read_text().splitlines()[-1])
        time.sleep(0.01)
    raise Failed(f"{pair.name}: the sink did not see a whole stream")


def wire_bytes(pair, counted, stream_bytes):
    """Returns the bytes between the hosts. pageproxy reports them; for the others on the loopback, the plaintext hops are subtracted."""
    summary = getattr(pair, "summary", None)
    if summary is not None and summary.exists():
        return json.loads(summary.read_text().splitlines()[-1])["wire_bytes_sent"]
    return counted if pair.link.rate else counted - pair.plain_hops * stream_bytes


def verify_content(pair, folders):
    """Compares every received pages image with the one that was sent, byte by byte."""
    wanted = sorted(path for folder in folders for path in pathlib.Path(folder).glob("pages-*.img"))
    found = sorted(pair.images.rglob("pages-*.img"))
    sums = [sorted(_sum(path) for path in paths) for paths in (wanted, found)]
    if sums[0] != sums[1]:
        raise Failed(f"{pair.name}: what came is not what was sent")


def _sum(path):
    return subprocess.run(["b2sum", "-l", "128"], stdin=open(path, "rb"), stdout=subprocess.PIPE, check=True, timeout=300).stdout

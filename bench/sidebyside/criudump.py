"""Real `criu dump --leave-running` of one process to a real page server: how long the tasks were frozen."""
import contextlib
import itertools
import shutil
import statistics
import struct
import subprocess
import sys
import time

from .processes import Failed, Process
from .tools import HERE, HAProxy, PageProxy, PageProxyChild, Pair

RECORDS = 600_000  # of workloads/objects.py: about 1 GiB
DUMP_SECONDS = 180


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """Returns the fields of a protobuf message by number: numbers and bytes."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        value, at = varint(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        elif tag & 7 != 0:
            raise ValueError(f"wire type {tag & 7}")
        found[tag >> 3] = value
    return found


def read_stats(path):
    """stats-dump of CRIU: two magics, a length, stats_entry { 1: dump_stats_entry }; times in microseconds."""
    data = path.read_bytes()
    magic, kind, length = struct.unpack_from("<III", data)
    if (magic, kind) != (0x55105940, 0x57093306):
        raise Failed(f"{path.name} is no stats image")
    dump = fields(fields(data[12:12 + length])[1])
    return {"frozen_ms": dump[2] / 1e3, "memdump_ms": dump[3] / 1e3, "memwrite_ms": dump[4] / 1e3, "pages": dump[7]}


class Plain(Pair):
    """CRIU's own page server, with or without a proxy in front; a new one for each dump."""

    name = "none"
    criu = None

    def start_sink(self):
        pass

    def start_proxies(self):
        pass

    def dump_words(self, target, folder):
        images = self.images / folder.name
        images.mkdir()
        address, port = self.page_server_address()
        words = [self.criu, "page-server", "--address", address, "--port", port, "--images-dir", images, *self.tls_of("dest")]
        self.launch("page-server", self.link.on_dest(words), port)
        address, port = self.dump_address()
        return self.link.on_source([*dump_of(self.criu, target, folder), "--page-server", "--address", address, "--port", port, *self.tls_of("source")])

    def page_server_address(self):
        return self.link.dest_address, self.server

    def dump_address(self):
        return self.link.dest_address, self.server

    def tls_of(self, role):
        return []

    def after(self):
        """Does nothing, because the page server exits by itself."""
        self.processes.pop().wait(20)

    def images_bytes(self):
        return sum(path.stat().st_size for path in self.images.rglob("pages-*.img"))

    def clear(self):
        for folder in self.images.iterdir():
            shutil.rmtree(folder)


class CriuTls(Plain):
    name = "criu --tls"

    def tls_of(self, role):
        return ["--tls", "--tls-cacert", self.pki.ca, "--tls-cert", self.pki.cert(role), "--tls-key", self.pki.key_with_public(role), "--tls-no-cn-verify"]


class CriuHAProxy(Plain):
    name = "haproxy"
    program = "haproxy"

    GLOBAL = HAProxy.GLOBAL
    start_proxies = HAProxy.start_proxies

    def page_server_address(self):
        return "127.0.0.1", self.server

    def dump_address(self):
        return "127.0.0.1", self.entry


class RealPageServers:
    """A pageproxy whose destination keeps running and is warm; it starts and ends CRIU's page servers itself."""

    criu = None

    def page_server(self):
        return ["--criu", self.criu]

    def after(self):
        pass

    images_bytes = Plain.images_bytes


class CriuPageProxy(RealPageServers, PageProxyChild):
    """As in the tutorial: dumper and page server on socket pairs."""

    name = "pageproxy"

    def dump_words(self, target, folder):
        return self.session_words(dump_of(self.criu, target, folder))


class CriuPageProxyListening(RealPageServers, PageProxy):
    """With a source that also keeps running, and to which dumpers connect."""

    name = "pageproxy --listen"

    def dump_words(self, target, folder):
        self.await_turn()
        return self.link.on_source([*dump_of(self.criu, target, folder), "--page-server", "--address", "127.0.0.1", "--port", self.entry])


def dump_of(criu, target, folder):
    return [criu, "dump", "--tree", target.pid, "--images-dir", folder, "--leave-running", "--shell-job", "--log-file", "dump.log"]


@contextlib.contextmanager
def workload(link, work):
    ready = work / "ready"
    target = Process("workload", link.on_source([sys.executable, HERE / "workloads/objects.py", RECORDS, ready]), work / "workload.log")
    try:
        for _ in range(3000):
            if ready.exists():
                break
            if target.popen.poll() is not None:
                raise Failed(f"the workload ended: {target.said()}")
            time.sleep(0.05)
        yield target
    finally:
        target.stop()


def measure(setup, say):
    criu = subprocess.run([HERE.parent / "scripts/get-criu", "32"], check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout.strip()
    Plain.criu = RealPageServers.criu = criu
    kinds = [kind for kind in (Plain, CriuTls, CriuHAProxy, CriuPageProxy, CriuPageProxyListening) if kind.missing() is None]
    rows = []
    for link_name in setup.links:
        folder = setup.work / "criu-dump" / link_name
        folder.mkdir(parents=True)
        with setup.link(link_name) as link, workload(link, folder) as target, contextlib.ExitStack() as stack:
            pairs = []
            for number, kind in enumerate(kinds, 1):
                pair = kind(link, setup.pki, folder, number, setup.sink)
                stack.callback(pair.stop)
                pair.start()
                pairs.append(pair)
            failed = set()
            for run, pair in itertools.product(range(setup.runs), pairs):
                if pair in failed:
                    continue
                row = {"link": link_name, "tool": pair.name, "run": run}
                try:
                    row.update(one(pair, target, folder / f"{pair.name.replace(' ', '')}-{run}"))
                except Failed as failure:
                    failed.add(pair)
                    row["error"] = str(failure)
                    say(f"{link_name} {row['error']}")
                    rows.append(row)
                    continue
                say(f"{link_name:9} {pair.name:18} frozen {row['frozen_ms']:7.0f} ms, dump took {row['seconds']:.2f} s")
                rows.append(row)
    return rows


def one(pair, target, folder):
    folder.mkdir()
    words = pair.dump_words(target, folder)
    began = time.monotonic()
    dump = Process(f"{pair.name} dump", words, folder / "client.log")
    try:
        code, _ = dump.wait(DUMP_SECONDS)
    finally:
        dump.stop()
    seconds = time.monotonic() - began
    if code != 0:
        raise Failed(f"{pair.name}: criu dump ended with {code}: {dump.said()}")
    pair.after()
    stats = read_stats(folder / "stats-dump")
    if pair.images_bytes() < stats["pages"] * 4096:
        raise Failed(f"{pair.name}: {stats['pages']} pages were sent, but {pair.images_bytes()} bytes are in the images")
    pair.clear()
    return {**stats, "seconds": seconds, "mb_per_s_frozen": stats["pages"] * 4096 / stats["frozen_ms"] / 1e3}


def report(all_rows):
    rows = [row for row in all_rows if "error" not in row]
    if not rows:
        return ["## Real dumps", "", "None went through.", ""]
    lines = ["## Real dumps", "", f"`criu dump --leave-running` of a Python process of {rows[0]['pages'] * 4096 / 2**20:,.0f} MiB to a real page server on a tmpfs. Medians.",
             "pageproxy's wall time has the start of its source in it, which is before the freeze.", "",
             "| | | frozen, ms | least – most | MB/s while frozen | whole command, s |", "|---|---|--:|--:|--:|--:|"]
    groups = {}
    for row in rows:
        groups.setdefault((row["link"], row["tool"]), []).append(row)
    for (link, tool), group in groups.items():
        frozen = [row["frozen_ms"] for row in group]
        middle = [statistics.median(row[field] for row in group) for field in ("mb_per_s_frozen", "seconds")]
        lines.append(f"| {link} | {tool} | {statistics.median(frozen):,.0f} | {min(frozen):,.0f} – {max(frozen):,.0f} | {middle[0]:,.0f} | {middle[1]:.2f} |")
    lines += [f"\nFailed: {row['link']}, {row['error']}" for row in all_rows if "error" in row]
    return lines + [""]

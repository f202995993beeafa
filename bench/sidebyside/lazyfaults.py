"""Lazy migrations of a real process by real CRIU, with and without the pair, to measure how long the first touch of a page takes."""
import array
import pathlib
import shutil
import signal
import subprocess
import time

from .processes import Failed, Process
from .tools import HERE

FAULTS = HERE / "native/build/bench-faults"
PATIENCE_SECONDS = 120
WANTED_PIPE_BYTES = 4 << 20
PIPE_MAX_SIZE = pathlib.Path("/proc/sys/fs/pipe-max-size")
# Created after the images; the command of the daemon waits for it.
WHEN_IMAGES_ARE_THERE = 'until [ -e "$0/there" ]; do sleep 0.02; done; exec "$@"'


class LargePipes:
    """Raises the limit of pipes to the 4 MiB that criu dump --lazy-pages needs without CAP_SYS_RESOURCE, and restores it afterwards."""

    def __enter__(self):
        self.before = PIPE_MAX_SIZE.read_text()
        if int(self.before) < WANTED_PIPE_BYTES:
            PIPE_MAX_SIZE.write_text(str(WANTED_PIPE_BYTES))

    def __exit__(self, *_):
        PIPE_MAX_SIZE.write_text(self.before)


def await_file(path, *processes):
    end = time.monotonic() + PATIENCE_SECONDS
    while not path.exists():
        for process in processes:
            if process.popen.poll() is not None:
                raise Failed(f"{process.name} ended with {process.popen.returncode}: {process.said()}")
        if time.monotonic() > end:
            raise Failed(f"{path.name} was not there within {PATIENCE_SECONDS} s: " + "; ".join(f"{p.name}: {p.said()}" for p in processes))
        time.sleep(0.01)


class Direct:
    """criu lazy-pages connects to criu dump --lazy-pages: no proxy, no TLS. Memory: number of pages and their shape, for bench-faults."""

    name = "none"

    def __init__(self, link, criu, memory, work):
        self.link, self.criu, self.memory = link, criu, memory
        self.work = pathlib.Path(work) / self.name
        self.work.mkdir()
        self.port = 21000
        self.dump_address = link.dest_address if link.source == link.dest else "192.0.2.1"
        self.number = 0
        self.processes = []

    def start(self):
        """Starts the processes that keep running between migrations."""

    def stop(self):
        pass

    def migrate(self):
        """Runs one migration and returns the latencies in nanoseconds, in the order of the touches."""
        self.number += 1
        self.folder = self.work / str(self.number)
        for name in "work", "dump", "copy":
            (self.folder / name).mkdir(parents=True)
        try:
            return self._migrate()
        finally:
            while self.processes:
                self.processes.pop().kill()
            shutil.rmtree(self.folder)

    def _migrate(self):
        work, dump, copy = self.folder / "work", self.folder / "dump", self.folder / "copy"
        workload = self.launch("workload", self.link.on_source([FAULTS, work, *self.memory]))
        await_file(work / "ready", workload)
        self.before_dump()
        dumper = self.launch("dump", self.link.on_source(
            [self.criu, "dump", "-t", workload.pid, "-D", dump, "--lazy-pages", "--address", self.dump_address, "--port", self.port]))
        self.await_dump(dumper)
        for image in dump.glob("*.img"):
            shutil.copy(image, copy)
        (work / "go").touch()
        daemon = self.start_daemon(copy)
        await_file(copy / "lazy-pages.socket", *daemon)
        # The frozen process occupies the pid here, so the restored one runs in its own PID namespace.
        restore = self.launch("restore", self.link.on_dest(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", self.criu, "restore", "-D", copy, "--lazy-pages"]))
        await_file(work / "latencies", restore, *daemon)
        for process in (dumper, *daemon, *self.must_end()):
            code, _ = process.wait(PATIENCE_SECONDS)
            if code != 0:
                raise Failed(f"{self.name}: {process.name} ended with {code}: {process.said()}")
        return self.latencies(work)

    @staticmethod
    def latencies(work):
        values = array.array("I", (work / "latencies").read_bytes())
        if not values:
            raise Failed("no page was missing when it was touched")
        return values

    def launch(self, role, words):
        process = Process(f"{self.name} {role}", words, self.folder / f"{role}.log")
        self.processes.append(process)
        return process

    def before_dump(self):
        pass

    def await_dump(self, dumper):
        dumper.wait_listening(self.port)

    def start_daemon(self, copy):
        return [self.launch("lazy-pages", self.link.on_dest(
            [self.criu, "lazy-pages", "-D", copy, "--page-server", "--address", self.dump_address, "--port", self.port]))]

    def must_end(self):
        return []


class ThroughPair(Direct):
    """The destination is warm from the second migration on; a source is a new process for each."""

    name = "pageproxy"

    def __init__(self, link, criu, memory, work, command, pki, arguments=()):
        super().__init__(link, criu, memory, work)
        self.command, self.pki, self.arguments = command, pki, arguments
        self.dump_address = "127.0.0.1"
        self.tunnel = 21001
        self.port = 21002
        self.images = self.work / "images"
        self.images.mkdir()

    def start(self):
        words = ["env", "PAGEPROXY_KEEP_CAPABILITIES=all", self.command, "dest", "--listen", f"{self.link.dest_address}:{self.tunnel}",
                 "--images-dir", self.images, "--criu", self.criu, "--allow-dns", "source", "--log-level", "warn", *self.tls("dest"), "--",
                 "sh", "-c", WHEN_IMAGES_ARE_THERE, f"{self.work}/{{session}}/copy", self.criu, "lazy-pages", "-D", f"{self.work}/{{session}}/copy"]
        self.dest = Process("pageproxy dest", self.link.on_dest(words), self.work / "dest.log")
        self.dest.wait_listening(self.tunnel)

    def stop(self):
        self.dest.stop()

    def before_dump(self):
        self.source = self.launch("source", self.link.on_source(
            [self.command, "source", "--lazy", "--once", "--lazy-pages", f"127.0.0.1:{self.port}", "--connect", f"{self.link.dest_address}:{self.tunnel}",
             "--session", self.number, "--verify-name", "dest.example", "--log-level", "warn", *self.tls("source"), *self.arguments]))
        self.await_line("ready ")

    def await_dump(self, dumper):
        self.await_line("serving ", dumper)

    def await_line(self, start, *others):
        end = time.monotonic() + PATIENCE_SECONDS
        while not any(line.startswith(start) for line in self.source.log.read_text().splitlines()):
            for process in (self.source, *others):
                if process.popen.poll() is not None or time.monotonic() > end:
                    raise Failed(f"{process.name} did not say '{start}': {process.said()}")
            time.sleep(0.01)

    def start_daemon(self, copy):
        (copy / "there").touch()
        return []

    def must_end(self):
        return [self.source]

    def tls(self, role):
        return ["--cert", self.pki.cert(role), "--key", self.pki.key(role), "--ca", self.pki.ca]

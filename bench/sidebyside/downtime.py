"""Migrations of a real process by real CRIU, by hand and through the pair, to measure how long its tasks stand still."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

from .lazyfaults import await_file
from .processes import Failed, Process, cpu_seconds
from .tools import HERE

CLOCK = HERE / "native/build/bench-clock"
MIGRATION_SECONDS = 120
# The frozen process occupies its pid on this machine, so the restored one runs in a PID namespace of its own.
OTHER_PIDS = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


class Case:
    """A tree of processes to move."""

    def __init__(self, words):
        tree, *more = words.split("+")
        if not set(more) <= {"tcp", "files"}:
            raise Failed(f"--cases {words}: what follows + is tcp or files")
        size, _, processes = tree.partition("x")
        self.name, self.size, self.processes = words, size, processes or "1"
        self.tcp, self.files = "tcp" in more, "files" in more
        self.clock = [size, self.processes, *(["tcp"] if self.tcp else [])]
        self.options = ["--tcp-established"] if self.tcp else []


class ByHand:
    """criu dump, and then criu restore, of images on this host's disk: no network and no proxy. The least that CRIU itself takes."""

    name = "by hand"

    def __init__(self, link, criu, work):
        self.link, self.criu = link, criu
        self.work = pathlib.Path(work) / self.name.replace(" ", "")
        self.work.mkdir()
        self.number = 0
        self.processes = []

    def start(self):
        """Starts the processes that keep running between migrations."""

    def warmed_up(self):
        """The migrations that are not counted are over."""

    def stop(self):
        pass

    def migrate(self, case):
        """Moves one tree; returns its longest pause and what else was measured, in seconds."""
        self.number += 1
        self.options = case.options
        self.folder = self.work / str(self.number)
        self.folder.mkdir()
        try:
            measured = self.move(self.begin(case))
            (self.tree / "go").touch()
            await_file(self.tree / "pause")
            return {"pause": int((self.tree / "pause").read_text()) / 1e9, **measured}
        finally:
            self.kill_tree()
            while self.processes:
                self.processes.pop().kill()
            shutil.rmtree(self.folder)

    def begin(self, case):
        """Starts the tree, in a folder that it shares with us; returns how it is named to what moves it."""
        if case.files:
            raise Failed(f"{self.name} moves no files: +files is for containers")
        self.tree = self.folder / "tree"
        self.tree.mkdir()
        workload = self.launch("workload", self.link.on_source([CLOCK, self.tree, *case.clock]))
        await_file(self.tree / "ready", workload)
        return workload.pid

    def move(self, pid):
        images = self.folder / "images"
        images.mkdir()
        dump = self.launch("dump", self.link.on_source([self.criu, "dump", "-t", pid, "-D", images, *self.options]))
        self.must_end_well(dump)
        # In the background: what unshare starts is the first process of the namespace, which must stay.
        self.launch("restore", self.link.on_dest([*OTHER_PIDS, self.criu, "restore", "-D", images, *self.options]))
        return {}

    def must_end_well(self, process):
        code, cpu = process.wait(MIGRATION_SECONDS)
        if code != 0:
            raise Failed(f"{process.name} ended with {code}: {process.said()}")
        return cpu

    def launch(self, role, words):
        process = Process(f"{self.name} {role}", words, self.folder / f"{role}.log")
        self.processes.append(process)
        return process

    def kill_tree(self):
        """Kills the tree wherever it runs, by the folder in its command lines."""
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if os.fsencode(CLOCK) in words and os.fsencode(self.tree) in words:
                        os.kill(int(entry.name), signal.SIGKILL)
                except (FileNotFoundError, ProcessLookupError):
                    pass


class Migrate(ByHand):
    """pageproxy migrate to a pageproxy dest that keeps running."""

    name = "migrate"
    arguments = ()
    ports = iter(range(22001, 22100))

    dest_arguments = ()
    dest_pids = OTHER_PIDS

    def __init__(self, link, criu, work, command, pki, more=(), more_of_dest=()):
        super().__init__(link, criu, work)
        self.command, self.pki, self.more, self.more_of_dest = command, pki, more, more_of_dest
        self.criu_at_dest = criu
        self.port = next(self.ports)
        self.images = self.work / "images"
        self.images.mkdir()

    def start(self):
        words = ["env", "PAGEPROXY_KEEP_CAPABILITIES=all", *self.dest_pids, self.command, "dest", "--listen", f"{self.link.dest_address}:{self.port}",
                 "--images-dir", self.images, "--criu", self.criu_at_dest, "--allow-dns", "source", "--allow-restore", "--tcp-established", "--remove-images-after-restore", *self.tls("dest"),
                 *self.dest_arguments, *self.more_of_dest]
        self.dest = Process("pageproxy dest", self.link.on_dest(words), self.work / "dest.log")
        self.dest.wait_saying("listening", 1)

    def stop(self):
        self.dest.kill()

    def what(self, pid):
        return ["--pid", pid]

    def move(self, moved):
        report = self.folder / "report.json"
        words = [self.command, "migrate", *self.what(moved), "--connect", f"{self.link.dest_address}:{self.port}", "--session", f"run/{self.number}",
                 "--criu", self.criu, "--verify-name", "dest.example", "--json", report, *self.tls("source"), *self.arguments, *self.options, *self.more]
        migrate = self.launch("migrate", self.link.on_source(words))
        cpu = self.must_end_well(migrate)
        return {"cpu": cpu, "report": json.loads(report.read_text())}

    def tls(self, role):
        return ["--cert", self.pki.cert(role), "--key", self.pki.key(role), "--ca", self.pki.ca]


class MigrateLazily(Migrate):
    name = "migrate --lazy"
    arguments = ("--lazy",)


class Resident(Migrate):
    """pageproxy migrate, as a client of a resident source that has just started when the counted migrations begin. Both ends rehearse."""

    name = "resident"
    source_arguments = ()
    dest_arguments = ("--rehearse", "10s")

    def start(self):
        super().start()
        self.socket = self.work / "control"
        self.start_source()

    def start_source(self):
        words = [self.command, "source", "--control", f"unix:{self.socket}", *self.tls("source"), *self.source_arguments]
        self.source = Process("pageproxy resident source", self.link.on_source(words), self.work / f"source-{self.number}.log")
        self.source.wait_saying("control", 1)
        self.arguments = (*type(self).arguments, "--control", f"unix:{self.socket}")

    def warmed_up(self):
        self.source.stop()
        self.start_source()

    def stop(self):
        self.source.kill()
        super().stop()


class ResidentLazily(Resident):
    name = "resident --lazy"
    arguments = ("--lazy",)


class Unrehearsed(Resident):
    """The same without a rehearsal."""

    name = "unrehearsed"
    source_arguments = ("--rehearse", "none")
    dest_arguments = ()


class Separated(Resident):
    """The same to a dest --user: root's process restores, and another one speaks to the network."""

    name = "separated"
    dest_arguments = (*Resident.dest_arguments, "--user", "nobody")

    def start(self):
        for folder in self.work.parent, self.work, self.pki.folder:
            folder.chmod(0o711)
        self.criu_at_dest = shutil.copytree(pathlib.Path(self.criu).parent, self.work / "criu", symlinks=True) / "criu"
        for path in self.images, self.pki.cert("dest"), self.pki.key("dest"):
            shutil.chown(path, "nobody")
        super().start()

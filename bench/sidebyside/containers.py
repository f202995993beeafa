"""Migrations of a container of runc: by runc checkpoint and runc restore, and through the pair. Both hosts share the root file system, as on a shared disk, or with +files each has one of its own."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from .downtime import CLOCK, ByHand, Migrate, Resident
from .lazyfaults import await_file
from .processes import Process

# Files of a root file system: 100 MB in all, which can be compressed to half of it.
FILES = 2000
FILE_BYTES = 50_000
RSYNC = ["rsync", "-aHAXSx", "--numeric-ids", "--delete"]

PATH = os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")


class Container:
    """Moves a container with the tree in it. Each host has a runc with a root and bundles of its own."""

    def begin(self, case):
        self.container = f"bench-{os.getpid()}-{self.number}"
        top = self.folder / "rootfs"
        for name in "proc", "dev", "tmp", "tree":
            (top / name).mkdir(parents=True)
        self.tree = top / "tree"
        self.copy_program(top)
        self.copied = (top, self.folder / "copy") if case.files else None
        if self.copied:
            self.make_files(top / "files")
            self.copied[1].mkdir()
        for host in "source", "dest":
            bundle = self.bundles(host) / self.container
            bundle.mkdir(parents=True)
            of_host = self.copied[1] if self.copied and host == "dest" else top
            (bundle / "config.json").write_text(json.dumps(self.config(host, of_host, case)))
        self.runc("source", "run", "--detach", "--bundle", self.bundles("source") / self.container, self.container)
        await_file(self.tree / "ready")
        return self.container

    def make_files(self, folder):
        """The files are written once, and have a further name in each container."""
        made = self.work / "files"
        if not made.exists():
            made.mkdir()
            for number in range(FILES):
                (made / str(number)).write_bytes(os.urandom(FILE_BYTES // 2).hex().encode())
        folder.mkdir()
        for file in made.iterdir():
            os.link(file, folder / file.name)

    def moved(self):
        """The tree has other files now."""
        if self.copied:
            self.tree = self.copied[1] / "tree"

    @staticmethod
    def copy_program(top):
        listed = subprocess.run(["ldd", CLOCK], check=True, stdout=subprocess.PIPE, text=True).stdout
        shutil.copy(CLOCK, top)
        for library in re.findall(r"(/\S+\.so\S*)", listed):
            copy = top / library.lstrip("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, copy)

    def config(self, host, top, case):
        return {
            "ociVersion": "1.0.2",
            "process": {"user": {"uid": 0, "gid": 0}, "args": [f"/{CLOCK.name}", "/tree", *case.clock], "env": ["PATH=/"], "cwd": "/"},
            "root": {"path": str(top)},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]}],
            "linux": {"cgroupsPath": f"/{self.container}-{host}", "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]}}

    def bundles(self, host):
        return self.work / f"bundles-{host}"

    def root(self, host):
        return self.work / f"runc-{host}"

    def runc(self, host, *words, check=True):
        place = {"source": self.link.on_source, "dest": self.link.on_dest}[host]
        words = place(["env", f"PATH={pathlib.Path(self.criu).parent}:{PATH}", "runc", "--root", self.root(host), *words])
        # The container has the streams of its runc, so that they must end with nobody.
        return subprocess.run([str(word) for word in words], check=check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=None if check else subprocess.DEVNULL, timeout=60)

    def kill_tree(self):
        for host in "source", "dest":
            self.runc(host, "delete", "--force", self.container, check=False)
            shutil.rmtree(self.bundles(host) / self.container, ignore_errors=True)


class ContainerByHand(Container, ByHand):
    """runc checkpoint, and then runc restore, of images on this host's disk; rsync to a daemon brings the files, before and between."""

    name = "runc by hand"
    daemon = None

    def move(self, container):
        images = self.folder / "images"
        paths = ["--image-path", images, "--work-path", images]
        self.rsync()
        self.runc("source", "checkpoint", *paths, *self.options, container)
        self.rsync("--checksum")
        self.runc("dest", "restore", "--detach", *paths, *self.options, "--bundle", self.bundles("dest") / container, container)
        self.moved()
        return {}

    def rsync(self, *more):
        if not self.copied:
            return
        if not self.daemon:
            self.start_daemon()
        here, there = self.copied
        words = [*RSYNC, *more, f"{here}/", f"rsync://{self.link.dest_address}:{self.port}/work/{there.relative_to(self.work)}/"]
        self.must_end_well(self.launch("rsync", self.link.on_source(words)))

    def start_daemon(self):
        self.port = next(Migrate.ports)
        configuration = self.work / "rsyncd.conf"
        configuration.write_text(f"use chroot = yes\nuid = 0\ngid = 0\n[work]\npath = {self.work}\nread only = no\n")
        words = ["rsync", "--daemon", "--no-detach", f"--address={self.link.dest_address}", f"--port={self.port}", f"--config={configuration}"]
        self.daemon = Process("rsync daemon", self.link.on_dest(words), self.work / "rsyncd.log")
        self.daemon.wait_listening(self.port)

    def stop(self):
        if self.daemon:
            self.daemon.kill()


class ContainerMigrate(Container, Migrate):
    """pageproxy migrate --runc to a pageproxy dest that keeps running."""

    name = "migrate --runc"
    dest_pids = ()

    @property
    def dest_arguments(self):
        files = ("--sync-root", self.work) if shutil.which("rsync") else ()
        return ("--runc-bundles", self.bundles("dest"), "--runc-root", self.root("dest"), *files)

    def start(self):
        self.bundles("dest").mkdir()
        super().start()

    def what(self, container):
        files = ["--sync", ":".join(map(str, self.copied))] if self.copied else []
        return ["--runc", container, "--runc-root", self.root("source"), *files]

    def move(self, container):
        measured = super().move(container)
        self.moved()
        return measured


class ContainerResident(ContainerMigrate, Resident):
    """The same, as a client of a resident source. Both ends rehearse."""

    name = "resident --runc"

    @property
    def dest_arguments(self):
        return (*Resident.dest_arguments, *super().dest_arguments)

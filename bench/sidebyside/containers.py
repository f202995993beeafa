"""Migrations of a container of runc: by runc checkpoint and runc restore, and through the pair. Both hosts share the root file system, as on a shared disk."""
import json
import os
import pathlib
import re
import shutil
import subprocess

from .downtime import CLOCK, ByHand, Migrate, Resident
from .lazyfaults import await_file

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
        for host in "source", "dest":
            bundle = self.bundles(host) / self.container
            bundle.mkdir(parents=True)
            (bundle / "config.json").write_text(json.dumps(self.config(host, top, case)))
        self.runc("source", "run", "--detach", "--bundle", self.bundles("source") / self.container, self.container)
        await_file(self.tree / "ready")
        return self.container

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
    """runc checkpoint, and then runc restore, of images on this host's disk."""

    name = "runc by hand"

    def move(self, container):
        images = self.folder / "images"
        paths = ["--image-path", images, "--work-path", images]
        self.runc("source", "checkpoint", *paths, *self.options, container)
        self.runc("dest", "restore", "--detach", *paths, *self.options, "--bundle", self.bundles("dest") / container, container)
        return {}


class ContainerMigrate(Container, Migrate):
    """pageproxy migrate --runc to a pageproxy dest that keeps running."""

    name = "migrate --runc"
    dest_pids = ()

    @property
    def dest_arguments(self):
        return ("--runc-bundles", self.bundles("dest"), "--runc-root", self.root("dest"))

    def start(self):
        self.bundles("dest").mkdir()
        super().start()

    def what(self, container):
        return ["--runc", container, "--runc-root", self.root("source")]


class ContainerResident(ContainerMigrate, Resident):
    """The same, as a client of a resident source. Both ends rehearse."""

    name = "resident --runc"

    @property
    def dest_arguments(self):
        return (*Resident.dest_arguments, *super().dest_arguments)

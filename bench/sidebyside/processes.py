"""Starts processes, waits for their output, measures them through /proc, and ends them."""
import os
import pathlib
import signal
import subprocess
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 30
NOT_MEASURED = {"bench-sink", "bench-dumper", "criu"}


class Failed(Exception):
    """A tool has failed; the message names the tool and contains its output."""


class Process:
    def __init__(self, name, words, log, environment=None):
        self.name = name
        self.log = pathlib.Path(log)
        self._log = open(self.log, "wb")  # what an earlier process of that name said is over
        self.popen = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                                      env={**os.environ, **(environment or {})}, start_new_session=True)
        self.pid = self.popen.pid

    def wait_listening(self, port):
        end = time.monotonic() + PATIENCE_SECONDS
        while not listens(self.pid, port):
            if self.popen.poll() is not None:
                raise Failed(f"{self.name} ended with {self.popen.returncode} instead of listening: {self.said()}")
            if time.monotonic() > end:
                raise Failed(f"{self.name} does not listen on {port}: {self.said()}")
            time.sleep(0.02)

    def wait_saying(self, start, count):
        """Waits for this number of output lines with that start."""
        end = time.monotonic() + PATIENCE_SECONDS
        line = b"\n" + start.encode()
        while (b"\n" + self.log.read_bytes()).count(line) < count:
            if self.popen.poll() is not None or time.monotonic() > end:
                raise Failed(f"{self.name} has not said '{start}' {count} times: {self.said()}")
            time.sleep(0.005)

    def said(self):
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-4:]) or "it said nothing"

    def wait(self, seconds):
        """Waits for the exit; returns the exit code and the CPU seconds of the process and its children."""
        end = time.monotonic() + seconds
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.popen.returncode = os.waitstatus_to_exitcode(status)
                self._log.close()
                return self.popen.returncode, usage.ru_utime + usage.ru_stime
            if time.monotonic() > end:
                self.stop()
                raise Failed(f"{self.name} was not done after {seconds:.0f} s: {self.said()}")
            time.sleep(0.01)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait(10)
        self._log.close()


def listens(pid, port):
    try:
        table = pathlib.Path(f"/proc/{pid}/net/tcp").read_text() + _read(f"/proc/{pid}/net/tcp6")
    except OSError:
        return False
    rows = (line.split() for line in table.splitlines()[1:])
    return any(row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port for row in rows if len(row) > 3 and row[0] != "sl")


def _read(path):
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _name(pid):
    return _read(f"/proc/{pid}/comm").strip()


def tree(pid):
    """Returns the process and its living descendants, without those that do not belong to a proxy."""
    found, todo = [], [pid]
    while todo and len(found) < 1000:
        pid = todo.pop()
        if found and _name(pid) in NOT_MEASURED:
            continue
        found.append(pid)
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            todo += map(int, _read(task).split())
    return found


def cpu_seconds(pid, with_children):
    """Returns user and system time; with_children: including living descendants and those already waited for."""
    ticks = 0
    for member in tree(pid) if with_children else [pid]:
        fields = _read(f"/proc/{member}/stat").rpartition(")")[2].split()
        if fields:
            ticks += sum(map(int, fields[11:15 if with_children else 13]))
    return ticks / TICKS


def settled_cpu_seconds(pid, with_children):
    """Returns the same once it no longer grows, because a session still works after the dumper has exited."""
    before = cpu_seconds(pid, with_children)
    for _ in range(20):
        time.sleep(0.1)
        after = cpu_seconds(pid, with_children)
        if after == before:
            break
        before = after
    return after


def memory_mib(pid, field):
    """VmHWM or VmRSS of the process and its living descendants."""
    kib = 0
    for member in tree(pid):
        for line in _read(f"/proc/{member}/status").splitlines():
            if line.startswith(field + ":"):
                kib += int(line.split()[1])
    return kib / 1024


def busy_seconds():
    """CPU seconds of the whole machine since its start."""
    fields = list(map(int, _read("/proc/stat").split("\n", 1)[0].split()[1:9]))
    return (sum(fields) - fields[3] - fields[4]) / TICKS


class MemorySampler:
    """Samples the memory of some processes periodically on its own thread."""

    def __init__(self, pids, field, every_seconds):
        self.samples = []
        self._pids, self._field, self._every = pids, field, every_seconds
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self):
        self._start = time.monotonic()
        self._thread.start()
        return self

    def _sample(self):
        while True:
            row = [round(memory_mib(pid, self._field), 1) for pid in self._pids]
            self.samples.append((round(time.monotonic() - self._start, 2), row))
            if self._end.wait(self._every):
                return

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def peaks(self):
        return [max(column) for column in zip(*(row for _, row in self.samples))]

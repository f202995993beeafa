"""Two hosts on this machine: network namespaces, connected by a loopback or a shaped veth pair."""
import os
import pathlib
import subprocess

from .processes import Failed

LINKS = {"loopback": None, "10g": "10gbit", "1g": "1gbit", "100m": "100mbit", "200m-flow": "200mbit"}
# If each connection has the rate for itself, it is identified by its port at the source.
FLOW_PORTS = range(40000, 40032)
# About 2 ms of the rate and at least one packet of 64 KiB; a queue of 20 ms, as a switch would have.
BURST_BYTES = {"10g": 2_500_000, "1g": 262_144, "100m": 131_072}
TCP = pathlib.Path("/proc/sys/net/ipv4")


def congestion_controls():
    """Returns the congestion control of this host and those available in its kernel."""
    return TCP.joinpath("tcp_congestion_control").read_text().strip(), TCP.joinpath("tcp_available_congestion_control").read_text().split()


def require_congestion_control(name):
    """An available congestion control may still not be permitted: outside of the first network namespace even root may only set
    those that tcp_allowed_congestion_control of the first one lists."""
    available = congestion_controls()[1]
    if name not in available:
        raise Failed(f"no {name} in this kernel; there are {','.join(available)}")
    allowed = TCP.joinpath("tcp_allowed_congestion_control").read_text().split()
    if name not in allowed:
        raise Failed(f"{name} may not be set in a network namespace; allow it by"
                     f" sysctl -w net.ipv4.tcp_allowed_congestion_control='{' '.join([*allowed, name])}'")


def run(*words):
    done = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))}: {done.stdout.strip()}")
    return done.stdout


class Link:
    """A source host and a destination host. With 'loopback' they are the same, but separate from the machine's own loopback."""

    def __init__(self, name, congestion_control=None):
        """congestion_control applies to all connections that do not set one themselves; None: the one of this host."""
        self.name = name
        self.congestion_control = congestion_control
        self.rate = LINKS[name]
        self.source = f"bench-{os.getpid()}-a"
        self.dest = self.source if self.rate is None else f"bench-{os.getpid()}-b"
        self.dest_address = "127.0.0.1" if self.rate is None else "192.0.2.2"
        self._made = []

    def __enter__(self):
        try:
            for namespace in sorted({self.source, self.dest}):
                run("ip", "netns", "add", namespace)
                self._made.append(namespace)
                run("ip", "-n", namespace, "link", "set", "lo", "up")
                if self.congestion_control:
                    run(*self._inside(namespace, ["sysctl", "-qw", f"net.ipv4.tcp_congestion_control={self.congestion_control}"]))
            if self.rate:
                self._join()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _join(self):
        run("ip", "-n", self.source, "link", "add", "veth0", "type", "veth", "peer", "name", "veth0", "netns", self.dest)
        for namespace, address in (self.source, "192.0.2.1"), (self.dest, self.dest_address):
            run("ip", "-n", namespace, "address", "add", address + "/24", "dev", "veth0")
            run("ip", "-n", namespace, "link", "set", "veth0", "up")
        if self.name in BURST_BYTES:
            self._shape_link()
        else:
            self._shape_flows()

    def _shape_link(self):
        for namespace in self.source, self.dest:
            run("tc", "-n", namespace, "qdisc", "add", "dev", "veth0", "root", "tbf",
                "rate", self.rate, "burst", BURST_BYTES[self.name], "latency", "20ms")

    def _shape_flows(self):
        run(*self.on_source(["sysctl", "-qw", f"net.ipv4.ip_local_port_range={FLOW_PORTS[0]} {FLOW_PORTS[-1]}"]))
        veth = ["dev", "veth0"]
        run("tc", "-n", self.source, "qdisc", "add", *veth, "root", "handle", "1:", "htb")
        for number, port in enumerate(FLOW_PORTS, 1):
            run("tc", "-n", self.source, "class", "add", *veth, "parent", "1:", "classid", f"1:{number:x}", "htb", "rate", self.rate, "quantum", "60000")
            run("tc", "-n", self.source, "filter", "add", *veth, "parent", "1:", "protocol", "ip", "u32", "match", "ip", "sport", port, "0xffff",
                "flowid", f"1:{number:x}")

    def __exit__(self, *_):
        while self._made:
            subprocess.run(["ip", "netns", "del", self._made.pop()], check=False, timeout=30)

    def on_source(self, words):
        return self._inside(self.source, words)

    def on_dest(self, words):
        return self._inside(self.dest, words)

    @staticmethod
    def _inside(namespace, words):
        return ["nsenter", f"--net=/run/netns/{namespace}", *map(str, words)]

    def sent_bytes(self):
        """Returns the bytes sent by the source host's interface: veth0, or everything on the loopback."""
        device = "veth0" if self.rate else "lo"
        table = run(*self.on_source(["cat", "/proc/net/dev"]))
        for line in table.splitlines():
            name, _, numbers = line.partition(":")
            if name.strip() == device:
                return int(numbers.split()[8])
        raise Failed(f"no {device} in {self.source}")

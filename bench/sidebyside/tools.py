"""The tools that are compared. Each creates a pair of proxies from a port on the source host to a page server on the
destination host, connected by mutually authenticated TLS (or SSH)."""
import json
import pathlib
import re
import shutil
import subprocess

from .processes import Failed, Process

HERE = pathlib.Path(__file__).resolve().parent.parent
SINK = HERE / "native/build/bench-sink"
BUFFER_BYTES = 65536
TLS13 = "TLS_AES_128_GCM_SHA256"


class Pair:
    """One tool on one link. It has its own ports, so that it can keep running while another one is measured."""

    name = ""
    program = None          # what must be installed
    plain_hops = 2          # how often the plain stream crosses a loopback interface
    cpu_of_children = True  # its children are part of it
    compresses = False

    def __init__(self, link, pki, work, number, sink):
        self.link, self.pki, self.sink = link, pki, sink
        self.entry = 20000 + 10 * number
        self.tunnel = self.entry + 1
        self.server = self.entry + 2
        self.work = pathlib.Path(work) / f"{link.name}-{number}-{self.name}"
        self.work.mkdir(parents=True)
        self.images = sink.images_root / self.work.name
        self.images.mkdir(parents=True)
        self.received = self.work / "received.json"
        self.processes = []
        self.source = self.dest = None

    @classmethod
    def missing(cls):
        return None if cls.program is None or shutil.which(cls.program) else f"{cls.program} is not installed"

    def start(self):
        self.start_sink()
        self.start_proxies()

    def start_sink(self):
        words = [SINK, "--listen", f"127.0.0.1:{self.server}", "--images-dir", self.images, "--out", self.received, *self.sink.arguments]
        self.launch("sink", self.link.on_dest(words), self.server)

    def start_proxies(self):
        raise NotImplementedError

    def launch(self, role, words, port):
        process = Process(f"{self.name} {role}", words, self.work / f"{role}.log")
        self.processes.append(process)
        process.wait_listening(port)
        return process

    def write(self, name, text):
        path = self.work / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    def entry_address(self):
        return f"127.0.0.1:{self.entry}"

    def await_turn(self):
        """Waits until another dumper may connect."""

    def ends(self):
        return [self.source, self.dest] if self.source else []

    def clear(self):
        """Removes the images between sessions, so that a tmpfs holds one session at a time."""
        self.received.unlink(missing_ok=True)
        for folder in self.images.iterdir():
            self.sink.take_back(folder)

    def stop(self):
        while self.processes:
            self.processes.pop().stop()
        self.sink.take_back(self.images)


class NoProxy(Pair):
    name = "none"
    plain_hops = 0

    def start_sink(self):
        words = [SINK, "--listen", f"{self.link.dest_address}:{self.server}", "--images-dir", self.images, "--out", self.received, *self.sink.arguments]
        self.launch("sink", self.link.on_dest(words), self.server)

    def start_proxies(self):
        pass

    def entry_address(self):
        return f"{self.link.dest_address}:{self.server}"


class HAProxy(Pair):
    name = "haproxy"
    program = "haproxy"
    GLOBAL = f"""global
    tune.bufsize {BUFFER_BYTES}
    maxconn 256
    ssl-default-bind-ciphersuites {TLS13}
    ssl-default-bind-options ssl-min-ver TLSv1.3
    ssl-default-server-ciphersuites {TLS13}
    ssl-default-server-options ssl-min-ver TLSv1.3
defaults
    mode tcp
    timeout connect 10s
    timeout client 1h
    timeout server 1h
"""

    def start_proxies(self):
        dest = self.write("dest.cfg", self.GLOBAL + f"""listen pages
    bind {self.link.dest_address}:{self.tunnel} ssl crt {self.pki.joined('dest')} ca-file {self.pki.ca} verify required
    server sink 127.0.0.1:{self.server}
""")
        source = self.write("source.cfg", self.GLOBAL + f"""listen pages
    bind 127.0.0.1:{self.entry}
    server dest {self.link.dest_address}:{self.tunnel} ssl crt {self.pki.joined('source')} ca-file {self.pki.ca} verify required
""")
        self.dest = self.launch("dest", self.link.on_dest(["haproxy", "-db", "-f", dest]), self.tunnel)
        self.source = self.launch("source", self.link.on_source(["haproxy", "-db", "-f", source]), self.entry)


class Stunnel(Pair):
    name = "stunnel"
    program = "stunnel4"
    GLOBAL = "foreground = yes\nsyslog = no\ndebug = 3\npid =\nsslVersionMin = TLSv1.3\nciphersuites = " + TLS13 + "\nverifyChain = yes\n"

    def start_proxies(self):
        def configuration(role, client, accept, connect):
            return self.write(role + ".conf", f"""{self.GLOBAL}CAfile = {self.pki.ca}
[pages]
client = {client}
cert = {self.pki.cert(role)}
key = {self.pki.key(role)}
accept = {accept}
connect = {connect}
""")
        tunnel = f"{self.link.dest_address}:{self.tunnel}"
        dest = configuration("dest", "no", tunnel, f"127.0.0.1:{self.server}")
        source = configuration("source", "yes", f"127.0.0.1:{self.entry}", tunnel)
        self.dest = self.launch("dest", self.link.on_dest(["stunnel4", dest]), self.tunnel)
        self.source = self.launch("source", self.link.on_source(["stunnel4", source]), self.entry)


class Socat(Pair):
    name = "socat"
    program = "socat"

    def start_proxies(self):
        def tls(role):
            return f"cert={self.pki.joined(role)},cafile={self.pki.ca},verify=1,openssl-min-proto-version=TLS1.3"
        address = self.link.dest_address
        dest = [f"OPENSSL-LISTEN:{self.tunnel},bind={address},reuseaddr,fork,{tls('dest')},commonname=", f"TCP:127.0.0.1:{self.server}"]
        source = [f"TCP-LISTEN:{self.entry},bind=127.0.0.1,reuseaddr,fork", f"OPENSSL:{address}:{self.tunnel},{tls('source')},commonname=dest.example"]
        socat = ["socat", "-b", BUFFER_BYTES]
        self.dest = self.launch("dest", self.link.on_dest(socat + dest), self.tunnel)
        self.source = self.launch("source", self.link.on_source(socat + source), self.entry)


class Ssh(Pair):
    name = "ssh"
    program = "sshd"
    CIPHER = "aes128-gcm@openssh.com"

    def start_proxies(self):
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        for key in "host", "user":
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.work / key)], check=True, timeout=30)
        address = self.link.dest_address
        self.write("authorized_keys", (self.work / "user.pub").read_text())
        self.write("known_hosts", f"[{address}]:{self.tunnel} {(self.work / 'host.pub').read_text()}")
        conf = self.write("sshd_config", f"""ListenAddress {address}:{self.tunnel}
HostKey {self.work}/host
PidFile none
AuthorizedKeysFile {self.work}/authorized_keys
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
""")
        self.dest = self.launch("dest", self.link.on_dest([shutil.which("sshd"), "-D", "-e", "-f", conf]), self.tunnel)
        options = {"UserKnownHostsFile": self.work / "known_hosts", "StrictHostKeyChecking": "yes", "BatchMode": "yes",
                   "IdentitiesOnly": "yes", "Ciphers": self.CIPHER, "ExitOnForwardFailure": "yes"}
        words = ["ssh", "-F", "none", "-N", "-i", self.work / "user", *(f"-o{key}={value}" for key, value in options.items()),
                 "-p", self.tunnel, "-L", f"127.0.0.1:{self.entry}:127.0.0.1:{self.server}", f"root@{address}"]
        self.source = self.launch("source", self.link.on_source(words), self.entry)


class PageProxy(Pair):
    """pageproxy with one codec; the sink is a child of the destination in place of criu."""

    plain_hops = 1
    cpu_of_children = False
    command = None  # set once it is built
    codec = "auto"
    sessions_at_a_time = 1
    source_arguments = ()
    dest_arguments = ()

    def start(self):
        self.summary = self.work / "summary.json"
        self.summary.unlink(missing_ok=True)  # of a pair before: its first session's folder had the name of ours
        self.turns = 0
        words = [self.command, "dest", "--listen", f"{self.link.dest_address}:{self.tunnel}", "--images-dir", self.images,
                 "--no-sync", "--allow-dns", "source", "--log-level", "warn", *self.tls("dest"), *self.page_server(), *self.dest_arguments]
        self.dest = self.launch("dest", self.link.on_dest(words), self.tunnel)
        self.start_source()

    def page_server(self):
        arguments = [*self.sink.arguments, "--out", self.received]
        return ["--max-sessions", 64, "--criu", SINK, *(f"--page-server-arg={argument}" for argument in arguments)]

    def start_source(self):
        self.source = self.listener = self.launch("source", self.link.on_source(self.listening_words()), self.entry)

    def listening_words(self):
        return self.source_words("s/{n}") + ["--listen", f"127.0.0.1:{self.entry}", "--max-sessions", self.sessions_at_a_time]

    def await_turn(self):
        self.turns += 1
        self.listener.wait_saying("listening ", self.turns)

    def source_words(self, session):
        return [self.command, "source", "--connect", f"{self.link.dest_address}:{self.tunnel}", "--session", session, "--codec", self.codec,
                "--verify-name", "dest.example", "--log-level", "warn", "--summary", self.summary, *self.tls("source"), *self.source_arguments]

    def tls(self, role):
        return ["--cert", self.pki.cert(role), "--key", self.pki.key(role), "--ca", self.pki.ca]

    def clear(self):
        """Removes only finished sessions, because the next session and its folder exist before its dumper connects."""
        if self.summary.exists():
            for line in self.summary.read_text().splitlines():
                self.sink.take_back(pathlib.Path(json.loads(line)["images_folder"]))
        self.received.unlink(missing_ok=True)
        self.summary.unlink(missing_ok=True)


class PageProxyResident(PageProxy):
    """The listening source is a job of a resident source. Both ends rehearse before they are ready."""

    name = "pageproxy-resident"
    dest_arguments = ("--rehearse", "10s")

    def start_source(self):
        socket = f"unix:{self.work}/control"
        words = [self.command, "source", "--control", socket, "--log-level", "warn", *self.tls("source")]
        self.source = Process(f"{self.name} source", self.link.on_source(words), self.work / "source.log")
        self.processes.append(self.source)
        self.source.wait_saying("control ", 1)
        self.listener = self.launch("job", self.link.on_source([*self.listening_words(), "--control", socket]), self.entry)


class PageProxyChild(PageProxy):
    """The source starts the dumper on a socket pair, with a new process per session, so it is always cold."""

    name = "pageproxy-child"
    plain_hops = 0

    def start_source(self):
        self.sessions = 0

    def session_words(self, dumper):
        self.sessions += 1
        return self.link.on_source(self.source_words(f"s/{self.sessions}") + ["--", *dumper])


class Pki:
    def __init__(self, command, folder):
        self.folder = pathlib.Path(folder)
        words = [command, "certs", "init", "--dir", self.folder, "--dns", "dest.example", "--ip", "127.0.0.1", "--ip", "192.0.2.2"]
        done = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        if done.returncode != 0:
            raise Failed(f"pageproxy certs init: {done.stdout}")
        self.ca = self.folder / "ca.pem"
        for role in "source", "dest":
            joined = self.joined(role)
            joined.write_text(self.cert(role).read_text() + self.key(role).read_text())
            joined.chmod(0o600)

    def cert(self, role):
        return self.folder / f"{role}.pem"

    def key(self, role):
        return self.folder / f"{role}-key.pem"

    def key_with_public(self, role):
        """The same key in SEC 1 form, which includes the public key; GnuTLS, and therefore `criu --tls`, refuses a key without it."""
        path = self.folder / f"{role}-sec1.pem"
        if not path.exists():
            subprocess.run(["openssl", "ec", "-in", self.key(role), "-out", path], check=True, stderr=subprocess.DEVNULL, timeout=30)
            path.chmod(0o600)
        return path

    def joined(self, role):
        return self.folder / f"{role}-joined.pem"


def all_tools(command, builds=(), variants=(), sessions_at_a_time=1):
    """Returns the tools by name, in the order of the table. The codecs are those in the command's help; builds are (name,
    command) and variants (name, arguments of pageproxy source)."""
    PageProxy.command = command
    PageProxy.sessions_at_a_time = sessions_at_a_time
    tools = {tool.name: tool for tool in (NoProxy, HAProxy, Stunnel, Socat, Ssh)}
    for suffix, built in ("", command), *((f"@{name}", other) for name, other in builds):
        for codec in codecs_of(built):
            name = f"pageproxy-{codec}{suffix}"
            tools[name] = type(name, (PageProxy,), {"name": name, "codec": codec, "command": built})
    for variant, arguments in variants:
        name = f"pageproxy-{variant}"
        tools[name] = type(name, (PageProxy,), {"name": name, "source_arguments": arguments})
    tools[PageProxyResident.name] = PageProxyResident
    tools[PageProxyChild.name] = PageProxyChild
    return tools


def codecs_of(command):
    told = subprocess.run([command, "source", "--help"], stdout=subprocess.PIPE, text=True, timeout=60).stdout
    codecs = re.search(r"--codec=([\w|]+)", told)
    return codecs.group(1).split("|") if codecs else []

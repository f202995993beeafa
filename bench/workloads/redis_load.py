"""Fills a Redis over its unix socket with mixed values: the arguments are the socket and the number of rounds."""
import random
import socket
import sys

random.seed(20260104)
WORDS = ["".join(random.choices("etaoinshrdlucmfwyp", k=random.randint(3, 9))) for _ in range(4000)]


def command(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


def one_round(n):
    text = " ".join(random.choices(WORDS, k=30))
    yield command("SET", f"page:{n}", f'{{"id": {n}, "title": "{text[:40]}", "body": "{text}"}}')
    yield command("SET", f"blob:{n}", random.getrandbits(8 * 160).to_bytes(160, "big"))
    yield command("HSET", f"user:{n}", "name", random.choice(WORDS), "visits", random.randrange(1 << 20), "last", random.random())
    yield command("RPUSH", f"log:{n}", *random.choices(WORDS, k=12))
    yield command("ZADD", f"rank:{n % 500}", random.random(), f"member:{n}")
    yield command("SETEX", f"session:{n}", 86400, "%032x" % random.getrandbits(128))


connection = socket.socket(socket.AF_UNIX)
connection.settimeout(60)
connection.connect(sys.argv[1])
answers = connection.makefile("rb")
for first in range(0, int(sys.argv[2]), 500):
    batch = [c for n in range(first, min(first + 500, int(sys.argv[2]))) for c in one_round(n)]
    connection.sendall(b"".join(batch))
    for _ in batch:
        if not answers.readline().startswith((b"+", b":")):
            sys.exit("redis refused a command")

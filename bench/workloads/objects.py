"""A Python process that holds mixed objects: the arguments are the number of records and the file to create when it holds them."""
import random
import signal
import sys

random.seed(20260101)
WORDS = ["".join(random.choices("etaoinshrdlucmfwyp", k=random.randint(3, 9))) for _ in range(4000)]


def record(number):
    return {
        "id": number,
        "name": " ".join(random.choices(WORDS, k=2)),
        "mail": f"{random.choice(WORDS)}.{number}@{random.choice(WORDS)}.example",
        "score": random.random(),
        "token": random.getrandbits(128).to_bytes(16, "big").hex(),
        "tags": random.choices(WORDS, k=4),
        "history": [(random.randrange(1 << 31), random.random()) for _ in range(5)],
        "text": " ".join(random.choices(WORDS, k=random.randint(8, 40))),
    }


records = [record(number) for number in range(int(sys.argv[1]))]
open(sys.argv[2], "w").close()
signal.pause()

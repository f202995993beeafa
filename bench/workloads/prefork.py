"""A pre-forked server: a parent with 4 workers that share its earlier memory and have each added some of their own.
The arguments are the number of records of the parent, the number that each worker adds, and the file to create when all are ready."""
import gc
import os
import random
import signal
import sys

random.seed(20260102)
shared = [{"key": f"user:{n}", "value": random.random(), "text": "%032x" % random.getrandbits(128)} for n in range(int(sys.argv[1]))]
gc.freeze()
gc.disable()
ready, done = os.pipe()
for worker in range(4):
    if os.fork() == 0:
        random.seed(worker)
        own = [{"request": n, "session": "%064x" % random.getrandbits(256)} for n in range(int(sys.argv[2]))]
        os.write(done, b"x")
        signal.pause()
for _ in range(4):
    os.read(ready, 1)
open(sys.argv[3], "w").close()
signal.pause()

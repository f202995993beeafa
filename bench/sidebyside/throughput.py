"""MB/s and CPU seconds per GB of every tool: in alternation, so that other load of the machine affects all tools equally."""
import contextlib
import itertools

from . import inputs, processes, session
from .processes import Failed


def measure(setup, say):
    """Yields a dict for each session; failed ones have an 'error'."""
    for link_name in setup.links:
        with setup.link(link_name) as link:
            for cold in setup.cold:
                yield from on_link(setup, link, cold, say)


def on_link(setup, link, cold, say):
    numbers = itertools.count(1)
    failed = set()
    with contextlib.ExitStack() as stack:
        pairs = {}
        for name, tool in setup.tools.items():
            pair = tool(link, setup.pki, setup.work / ("cold" if cold else "warm"), next(numbers), setup.sink)
            stack.callback(pair.stop)
            pairs[name] = pair
        if not cold:
            for name in list(pairs):
                facts = {"link": link.name, "tool": name, "cold": False}
                yield from attempt(facts, failed, lambda: warm_up(setup, pairs[name]), say)
        for input_name in setup.inputs:
            arguments = inputs.arguments(input_name, setup.input_folder, link.name)
            for run in range(setup.runs):
                for name, pair in pairs.items():
                    if name in failed:
                        continue
                    facts = {"link": link.name, "input": input_name, "tool": name, "cold": cold, "run": run}
                    yield from attempt(facts, failed, lambda: one(pair, arguments, cold), say)


def attempt(facts, failed, action, say):
    """Excludes a tool from this link after its first failure, which the table shows."""
    try:
        sample = action()
        if sample is None:
            return
        say(f"{facts['link']:9} {facts['input']:8} {facts['tool']:17} {sample['mb_per_s']:7.0f} MB/s"
            + (f" {sample['cpu_per_gb']:6.2f} CPU s/GB" if "cpu_per_gb" in sample else "            ") + f"  others {sample['others_cpu']:.2f}")
        yield {**facts, **sample}
    except Failed as failure:
        failed.add(facts["tool"])
        say(f"{facts['link']} {facts['tool']}: {failure}")
        yield {**facts, "error": str(failure)}


def one(pair, arguments, cold):
    if not cold:
        return session.run(pair, arguments)
    try:
        pair.start()
        started = [processes.settled_cpu_seconds(end.pid, pair.cpu_of_children) for end in (pair.source, pair.dest) if end]
        return {**session.run(pair, arguments), "cpu_start": sum(started)}
    finally:
        pair.stop()
        pair.source = pair.dest = None
        pair.images.mkdir()


def warm_up(setup, pair):
    """Runs a session that is not counted; on the loopback its images are also compared byte by byte."""
    pair.start()
    for _ in range(setup.warm_ups):
        if pair.link.rate:
            session.run(pair, inputs.arguments("random", setup.input_folder, pair.link.name, part=4))
            continue
        pair.clear()
        setup.sink.drop_spare()
        name = next((name for name in setup.inputs if name not in ("random", "zero")), None)
        session.run(pair, inputs.arguments(name or "random", setup.input_folder, pair.link.name))
        if name and setup.sink.write:
            session.verify_content(pair, [setup.input_folder / part for part in (inputs.REAL if name == "real" else [name])])

"""Medians as Markdown tables."""
import statistics


def median(samples, field):
    values = [sample[field] for sample in samples if field in sample]
    return statistics.median(values) if values else None


def grouped(samples):
    """{link: {heading: {tool: [samples]}}}, in order of measurement; the heading is of the input and of the proxies' age."""
    groups = {}
    for sample in samples:
        if "input" in sample and "error" not in sample:
            heading = f"{sample['input']}, {'new proxies' if sample['cold'] else 'warm proxies'}"
            rows = groups.setdefault(sample["link"], {}).setdefault(heading, {})
            rows.setdefault(sample["tool"], []).append(sample)
    return groups


def number(value, digits=0):
    return "–" if value is None else f"{value:,.{digits}f}"


def times(samples, base, field):
    """Median of the ratios to the base in the same round: if the machine's speed drifts, only neighbouring samples are comparable."""
    by_turn = {sample["run"]: sample[field] for sample in base if field in sample}
    return median([{field: sample[field] / by_turn[sample["run"]]} for sample in samples if field in sample and sample["run"] in by_turn], field)


def table(rows):
    """Table of one link and one heading."""
    none, haproxy = rows.get("none", []), rows.get("haproxy", [])
    lines = ["| | MB/s | least – most | × none | × HAProxy | CPU s/GB | × HAProxy | source + dest | on the wire | peak RSS, MiB | others' CPU |",
             "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for name, samples in rows.items():
        speeds = [sample["mb_per_s"] for sample in samples]
        speed = statistics.median(speeds)
        gb = median(samples, "bytes") / 1e9
        ends = [median(samples, field) for field in ("cpu_source", "cpu_dest")]
        memory = [median(samples, field) for field in ("rss_source", "rss_dest")]
        lines.append("| " + " | ".join([
            name, number(speed), f"{min(speeds):,.0f} – {max(speeds):,.0f}", number(times(samples, none, "mb_per_s"), 2), number(times(samples, haproxy, "mb_per_s"), 2),
            number(median(samples, "cpu_per_gb"), 2), number(times(samples, haproxy, "cpu_per_gb"), 2),
            "–" if ends[0] is None else f"{ends[0] / gb:.2f} + {ends[1] / gb:.2f}", f"{median(samples, 'wire_bytes') / median(samples, 'bytes'):.1%}",
            "–" if memory[0] is None else f"{memory[0]:,.0f} + {memory[1]:,.0f}", number(median(samples, "others_cpu"), 2)]) + " |")
    started = [f"{name} {median(samples, 'cpu_start'):.1f}" for name, samples in rows.items() if median(samples, "cpu_start")]
    return lines + (["", "CPU seconds of both ends until they listened, in none of these columns: " + ", ".join(started) + "."] if started else [])


def throughput(samples):
    lines = ["## Throughput", "", "Medians of the runs; those of × are of each turn's ratios. MB/s of plain page stream, CPU seconds of both proxies per GB of it, wire bytes as a part of it.",
             "The last column is what else ran on the machine meanwhile, in cores. New proxies are started for each session; warm ones have served one before.", ""]
    for link, by_heading in grouped(samples).items():
        for heading, rows in by_heading.items():
            any_sample = next(iter(rows.values()))
            lines += [f"### {link}, {heading}: {median(any_sample, 'bytes') / 1e6:,.0f} MB, {max(map(len, rows.values()))} runs", "", *table(rows), ""]
    errors = [f"- {sample['link']}, {sample['tool']}: {sample['error']}" for sample in samples if "error" in sample]
    return lines + (["Failed:", "", *errors, ""] if errors else [])

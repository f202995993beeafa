"""Bar charts as SVG, by hand."""
from xml.sax.saxutils import escape

from . import report

WIDTH, LEFT, BAR, GAP, HEAD = 760, 170, 20, 16, 64
COLOURS = {"none": "#b0b7bf", "pageproxy": "#1f6fb2", "other": "#d9a441"}


def colour(name):
    return COLOURS["none" if name == "none" else "pageproxy" if name.startswith("pageproxy") else "other"]


def bars(title, unit, groups, digits=0):
    """groups: {heading: {name: (value, least, most)}}; a thin line over each bar spans the runs."""
    rows = sum(len(group) for group in groups.values())
    height = HEAD + rows * BAR + len(groups) * (BAR + GAP) + 12
    top = max((most for group in groups.values() for _, _, most in group.values()), default=1) or 1
    scale = (WIDTH - LEFT - 90) / top
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           f'<text x="16" y="28" font-size="17" font-weight="bold" fill="#222">{escape(title)}</text>',
           f'<text x="16" y="48" fill="#666">{escape(unit)}; medians, the thin line spans the runs</text>']
    y = HEAD
    for heading, group in groups.items():
        out.append(f'<text x="16" y="{y + 15}" font-weight="bold" fill="#222">{escape(heading)}</text>')
        y += BAR
        for name, (value, least, most) in group.items():
            x, middle = LEFT + value * scale, y + BAR / 2
            out += [f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end" fill="#333">{escape(name)}</text>',
                    f'<rect x="{LEFT}" y="{y + 3}" width="{value * scale:.1f}" height="{BAR - 6}" fill="{colour(name)}"/>',
                    f'<line x1="{LEFT + least * scale:.1f}" x2="{LEFT + most * scale:.1f}" y1="{middle}" y2="{middle}" stroke="#333"/>',
                    f'<text x="{max(x, LEFT + most * scale) + 6:.1f}" y="{y + 15}" fill="#333">{value:,.{digits}f}</text>']
            y += BAR
        y += GAP
    return "\n".join(out + ["</svg>", ""])


def summed_up(rows, field):
    values = {name: [sample[field] for sample in samples if field in sample] for name, samples in rows.items()}
    return {name: (report.statistics.median(found), min(found), max(found)) for name, found in values.items() if found}


def throughput(folder, samples):
    """Two charts for each link; returns their file names."""
    names = []
    for link, by_heading in report.grouped(samples).items():
        for field, title, unit, digits in (("mb_per_s", "Throughput", "MB/s of plain page stream, more is better", 0),
                                           ("cpu_per_gb", "CPU of both proxies", "CPU seconds per GB of page stream, less is better", 2)):
            groups = {name: summed_up(rows, field) for name, rows in by_heading.items()}
            groups = {name: group for name, group in groups.items() if group}
            if groups:
                names.append(f"{field.replace('_', '-')}-{link}.svg")
                (folder / names[-1]).write_text(bars(f"{title}, {link}", unit, groups, digits))
    return names

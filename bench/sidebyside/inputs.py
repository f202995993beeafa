"""The inputs: the arguments of bench-dumper for each input, and how much of it on which link."""
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent
REAL = ("python", "redis", "java")
NAMES = ("real", "prefork", "random", "zero", *REAL)
GENERATED_BYTES = {"loopback": "1G", "10g": "1G", "1g": "512M", "100m": "96M", "200m-flow": "256M"}
IMAGE_LIMIT = {"100m": "128M", "200m-flow": "128M"}  # of each process; on faster links all of it


def make(names, folder):
    """Makes the inputs that are missing."""
    wanted = {name for name in names if name in REAL or name == "prefork"} | (set(REAL) if "real" in names else set())
    missing = sorted(name for name in wanted if not (folder / name).is_dir())
    if missing:
        subprocess.run([HERE / "inputs", "--dir", folder, *missing], check=True, timeout=1800)


def arguments(name, folder, link_name, part=1):
    """Returns the arguments of bench-dumper; with part, only 1/part of the size for the link."""
    if name in ("random", "zero"):
        size = GENERATED_BYTES[link_name]
        return [f"--{name}", f"{int(size[:-1]) * (1024 if size[-1] == 'G' else 1) // part}M"]
    words = []
    for process in REAL if name == "real" else [name]:
        words += ["--images", str(folder / process)]
    if part > 1:
        return words + ["--limit", f"{400 // part}M"]
    return words + (["--limit", IMAGE_LIMIT[link_name]] if link_name in IMAGE_LIMIT else [])

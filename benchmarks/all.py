"""Every figure, beside the machine that it was taken on."""

import os
import platform
import subprocess
import sys
from pathlib import Path

SCRIPTS = ("boot", "run", "dataplane", "recording", "report", "paint")


def machine() -> str:
    """The machine in a line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, uid {os.getuid()}, load {os.getloadavg()[0]:.2f}"
    )


def main() -> int:
    """Run each script and print what it prints."""
    print(machine(), flush=True)
    root = Path(__file__).parents[1]
    codes: list[int] = []
    for script in SCRIPTS:
        print(f"\n== {script}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{script}"]
        codes.append(subprocess.run(command, cwd=root, check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())

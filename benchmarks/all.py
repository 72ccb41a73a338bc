"""Every figure, beside the machine that it was taken on."""

import os
import platform
import subprocess
import sys
from pathlib import Path

SCRIPTS = ("boot.py", "run.py", "dataplane.py", "recording.py", "report.py")


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
    here = Path(__file__).parent
    codes: list[int] = []
    for script in SCRIPTS:
        print(f"\n== {script}", flush=True)
        codes.append(subprocess.run([sys.executable, here / script], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())

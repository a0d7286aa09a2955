"""strace on a server, or on one of its threads, which has calls fail; and what the tests that use it have in common."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from service import Broken, Service  # noqa: E402
from workload import IN_MEMORY, read_options  # noqa: E402


class FailingCalls:
    """As long as this is entered. Calls are in strace's words; one that says nothing of an error is only watched. Of
    `files` where there are any; of the process or of one thread."""

    def __init__(self, trace, process, calls, files=(), thread=None):
        names = ",".join(call.partition(":")[0] for call in calls)
        words = [word for call in calls if ":" in call for word in ("-e", f"inject={call}")]
        words += [word for path in files for word in ("-P", str(path))]
        whom = ("-f", "-p", str(process)) if thread is None else ("-p", str(thread))
        self.trace = trace
        self.status = Path("/proc", str(process), "task", str(process if thread is None else thread), "status")
        self.command = ["strace", "-qq", "-o", str(trace), "-e", f"trace={names}", *words, *whom]

    def __enter__(self):
        """Once it is attached: if it were told to end before, a child that it tries things with would stay."""
        self.strace = subprocess.Popen(self.command)  # pylint: disable=consider-using-with
        while self.strace.poll() is None and not self.is_attached():
            time.sleep(0.005)
        return self

    def is_attached(self):
        try:
            return f"TracerPid:\t{self.strace.pid}\n" in self.status.read_text(encoding="utf-8")
        except OSError:  # who should be traced has ended
            return False

    def __exit__(self, *_):
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait()

    def lines(self):
        """Of the trace, as far as it is written."""
        if not self.trace.exists():
            return []
        return self.trace.read_text(encoding="utf-8", errors="replace").splitlines()

    def count(self):
        return sum("(INJECTED)" in line for line in self.lines())


async def happens(condition, seconds):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return condition()


async def find_service_faults(folder, find_faults):
    """What `find_faults` says is wrong with a service."""
    service = Service(folder)
    try:
        return await find_faults(service)
    except Broken as broken:
        return [str(broken)]
    finally:
        service.close()


def run_service_test(description, find_faults):
    """Exit status of a test that does by night no more than by day."""
    read_options(f"{description}; by night no more than by day.")
    with tempfile.TemporaryDirectory(prefix="wattback-calls-", dir=IN_MEMORY) as folder:
        faults = asyncio.run(find_service_faults(Path(folder), find_faults))
    print(*faults, sep="\n")
    return 1 if faults else 0

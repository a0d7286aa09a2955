"""File systems that are too small, where nobody else sees them. Only root may mount them."""

import os
import subprocess
import sys
from pathlib import Path

APART = "WATTBACK_TEST_IS_APART"
SKIPPED = 77  # as CMakeLists.txt has it


def mount(folder, kib, *options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join((f"size={kib}k", *options)), "tmpfs", folder], check=True)


def go_apart(script, *more):
    """Goes on in a mount namespace of its own, and `more` as unshare has it: the script runs there once more, and this
    process exits as it does."""
    if os.environ.get(APART):
        return
    if os.geteuid() != 0:
        print("needs root, to mount file systems of its own")
        is_wanted = os.environ.get("CI") or "night" in (os.environ.get("WATTBACK_DOSE"), *sys.argv)
        sys.exit(1 if is_wanted else SKIPPED)
    # Where the root is no mount (in a chroot) its propagation can't be changed, and nobody else sees it.
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    propagation = "private" if any(line.split()[4] == "/" for line in mounts) else "unchanged"
    sys.exit(subprocess.run(["unshare", "--mount", "--propagation", propagation, *more, sys.executable, script,
                             *sys.argv[1:]], env=os.environ | {APART: "1"}, check=False).returncode)  # fmt: skip

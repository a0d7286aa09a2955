"""A real mongod of a campaign's own, a replica set of one; WATTBACK_MONGOD names the program."""

import os
import shutil
import sys

from service import ROOT

sys.path.insert(0, str(ROOT / "tests" / "mongo"))
import mongod  # noqa: E402

# What a killed server was writing stays closed to others until MongoDB ends its transaction (docs/mongodb.md):
# after a minute where it is not told otherwise, and a campaign of a thousand kills can't wait for that.
TRANSACTION_S = 5


class ReplicaSet:
    def __init__(self):
        program = os.environ.get("WATTBACK_MONGOD", ROOT / "build" / "mongod" / "mongod")
        if not os.access(program, os.X_OK):
            raise SystemExit(f"there is no {program}; tools/setup.sh fetches it (install_mongod)")
        self.folder, self.port = mongod.make_folder(), mongod.free_port()
        self.process = mongod.launch(program, self.folder, self.port, "--replSet", "tests", "--oplogSize", "256",
                                     "--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_S}")
        if not mongod.wait_until_ready(self.port, self.process, self.folder / "mongod.log"):
            self.end()
            raise SystemExit("mongod did not start")

    @property
    def address(self):
        return f"mongodb://127.0.0.1:{self.port}/?replicaSet=tests"

    def end(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

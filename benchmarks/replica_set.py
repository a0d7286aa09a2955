"""A replica set of one mongod for ./bench, its data on disk in the folder of the run."""

import os
import sys

from programme import HERE, Failed

sys.path.insert(0, str(HERE.parent / "tests" / "mongo"))
import mongod  # noqa: E402

CACHE_GB = "2"
OPLOG_MIB = "2048"


class ReplicaSet:
    def __init__(self, program, folder, transaction_s=60):
        """What a killed process was writing is kept from others for the seconds of a transaction."""
        self.port = mongod.free_port()
        folder = folder / "mongod"
        folder.mkdir()
        self.process = mongod.launch(program, folder, self.port, "--replSet", "tests", "--oplogSize", OPLOG_MIB,
                                     "--setParameter", f"transactionLifetimeLimitSeconds={transaction_s}",
                                     cache_gb=CACHE_GB)
        if not mongod.wait_until_ready(self.port, self.process, folder / "mongod.log"):
            self.end()
            raise Failed("mongod did not start")

    def address(self, database):
        return f"mongodb://127.0.0.1:{self.port}/{database}?replicaSet=tests"

    def store(self, database):
        return "--store", self.address(database)

    def size_mib(self, database):
        """Of documents and indexes."""
        told = mongod.ask(self.port, {"dbStats": 1, "$db": database})
        return sum(mongod.double_at(told, name) for name in ("dataSize", "indexSize")) / 2**20

    def end(self):
        self.process.kill()
        self.process.wait()


def processor_s(process):
    """What it has used so far: utime and stime of proc(5)."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

"""What a kill leaves of a migration, on any store whose class says how to look into it:

    load(2)           makes a store as schema version 2 left it
    multiply(many)    gives it that many redemptions more
    redemptions()     each redemption, in order, as (what the migration leaves alone, version)
    changed()         how many have their name by now
    misnamed()        how many have another name than their reward
    record()          runs and changes as the migration's record has them; 0 and 0 before there is one
"""

import json
import os
import subprocess
import time

from wattback import DONE, FAILED, PROGRAM, StoreTest

NEWEST = 3
MANY = 1_000_000 if os.environ.get("WATTBACK_DOSE") == "night" else 100_000
SECONDS_MAX = 1_500


class Migrating:
    def start(self, *arguments):
        process = subprocess.Popen(self.command(*arguments), cwd=self.folder, env=self.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def leave():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(leave)
        return process

    def finish(self, process):
        """Its last line, and what it said on stderr."""
        out, err = process.communicate(timeout=SECONDS_MAX)
        self.assertEqual(process.returncode, DONE, err)
        return json.loads(out.splitlines()[-1]), err

    def expect_migrated(self, before):
        whole = self.redemptions() == [(kept, version + 1) for kept, version in before]
        self.assertTrue(whole, "not every redemption was written once and otherwise kept")
        self.assertEqual(self.misnamed(), 0)
        self.assertTrue(self.run_json("migrate", "verify")["ok"])


    def expect_told(self, *options, **environment):
        """What a server and a command say to run where the store is older brings it up, in a shell that knows nothing
        else. The options and the environment name the store."""
        bare = {name: value for name, value in StoreTest.environment(self).items() if name != "WATTBACK_STORE"}
        self.load(2)
        told = set()
        for verb in (("serve", "--port", "0"), ("users", "list")):
            finished = subprocess.run([PROGRAM, *verb, *map(str, options)], env=bare | environment, cwd=self.folder,
                                      capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
            self.assertEqual(finished.returncode, FAILED, finished.stderr)
            self.assertIn("run: ", finished.stderr)
            told.add(finished.stderr.rpartition("run: ")[2])
        (line,) = told
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        (programs / "wattback").unlink(missing_ok=True)
        (programs / "wattback").symlink_to(PROGRAM)
        done = subprocess.run(["bash", "-c", line], env=bare | {"PATH": f"{programs}:{bare['PATH']}"}, cwd=self.folder,
                              capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
        self.assertEqual(done.returncode, DONE, line + done.stderr)
        self.assertEqual(self.run_json("migrate", "status")["pending"], 0, line)
        return line


class Killed(Migrating):
    kills = (MANY // 10, MANY // 2)  # once so many are done; after each the next run waits for a lease

    def test_killed_in_the_middle_and_run_again(self):
        self.load(2)
        self.multiply(MANY)
        before = self.redemptions()
        landed = 0
        for at_least in self.kills:
            process = self.start("migrate", "up")
            while process.poll() is None and self.record()[1] < at_least:
                time.sleep(0.01)
            process.kill()
            process.communicate()
            done = self.changed()
            landed += at_least <= done < len(before)
            self.assertEqual(self.record()[1], done)  # what is recorded is what was written
            self.refuse(FAILED, "users", "list", says="migrate up")
        self.assertEqual(landed, len(self.kills), "a kill did not land in the middle")
        up, err = self.finish(self.start("migrate", "up", "--json"))
        (done,) = up["done"]
        self.assertEqual((done["documents"], done["changed"], done["runs"]),
                         (len(before), len(before), len(self.kills) + 1))
        self.assertIn("is at work on 3 reward_names", err)  # it waited for the lease of the killed one
        self.expect_migrated(before)

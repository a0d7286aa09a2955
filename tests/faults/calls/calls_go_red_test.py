#!/usr/bin/env python3
"""The tests beside this one fail where a program does what they are there to see: it is put in the place of the real
one, which does the rest."""

import argparse
import asyncio
import contextlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import accepting_test as accepting
import failing_server_test as failing_server
import full_disk_test as full_disk
import log_mover_test as log_mover
import no_thread_test as no_thread
import system_calls_test as system_calls
import time_zones_test as time_zones
import workload
from failing_calls import FailingCalls, find_service_faults
from workload import DONE, FAILED, IN_MEMORY, REFUSED, STEPS, UNAVAILABLE, Place, find_fault, run_undisturbed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import campaign  # noqa: E402
import campaign_case  # noqa: E402
from journal import Operation  # noqa: E402
from small_disk import go_apart  # noqa: E402
from wire import Answer  # noqa: E402

REDEEM = 7  # a step that changes several tables
NEVER = 60_000  # the number of a call that does not come

FAKE = """#!/bin/sh
case "$*" in {words}*) {does} ;; esac
exec {program} "$@"
"""
SAY_FULL = "echo 'wattback: the disk is full' >&2; exit 6"
LOSE_REDEMPTION = """import sqlite3
store = sqlite3.connect('data/wattback.db')
store.execute('DELETE FROM redemptions')
store.commit()"""
DOES = {
    "does nothing": "exit 0",
    "breaks down": "echo \"terminate called after throwing an instance of 'std::bad_alloc'\" >&2; exit 1",
    "ends by a signal": "kill -ABRT $$",
    "hangs": "exec sleep 20",
    "leaves half": f'{shlex.quote(str(workload.PROGRAM))} "$@"; '
                   f"{shlex.quote(sys.executable)} -c {shlex.quote(LOSE_REDEMPTION)}; {SAY_FULL}",
    "says nothing": "exit 6",
    "says it is full": SAY_FULL,
    "says something else": "echo 'wattback: no time' >&2; exit 6",
}  # fmt: skip


def setUpModule():
    folder = tempfile.TemporaryDirectory(prefix="wattback-red-", dir=IN_MEMORY)
    FakeProgramTest.root = Path(unittest.enterModuleContext(folder))
    FakeProgramTest.undisturbed = run_undisturbed(FakeProgramTest.root)


class FakeProgramTest(unittest.TestCase):
    """Has places of a run that nothing disturbed, and puts programs in the place of the real one."""

    root = undisturbed = None

    def put(self, does, words):
        """A program that does this instead of the command that begins so."""
        fake = self.root / "fake"
        fake.write_text(FAKE.format(words=words.replace(" ", "\\ "), does=DOES[does],
                                    program=shlex.quote(str(Path(os.environ["WATTBACK_PROGRAM"]).resolve()))),
                        encoding="utf-8")  # fmt: skip
        fake.chmod(0o755)
        patch = mock.patch.object(workload, "PROGRAM", fake)
        patch.start()
        self.addCleanup(patch.stop)


class FaultTest(unittest.TestCase):
    def fault(self, code, errors):
        return find_fault(subprocess.CompletedProcess((), code, "", errors))

    def test_what_is_told_as_it_is(self):
        for code, errors in ((DONE, ""), (FAILED, "wattback: data can't be made: Input/output error"),
                             (UNAVAILABLE, "wattback: the disk is full")):  # fmt: skip
            self.assertIsNone(self.fault(code, errors))

    def test_what_is_told_as_something_else(self):
        for words in ("wattback: wattback.db: is damaged (SQLite 11: database disk image is malformed)",
                      "wattback: wattback.db: is not a SQLite database", "wattback: the store is corrupt"):  # fmt: skip
            self.assertIn("blames what is stored", self.fault(FAILED, words))
        self.assertIn("blames the programme", self.fault(UNAVAILABLE, "wattback: a fault of the programme; look"))
        self.assertIn("blames who asked", self.fault(REFUSED, "wattback: there are too few points"))

    def test_what_is_not_clear(self):
        self.assertIn("without one clear line", self.fault(FAILED, ""))
        self.assertIn("without one clear line", self.fault(FAILED, "one\ntwo"))
        self.assertIn("ended with -6", self.fault(-6, ""))
        self.assertIn("ended with 127", self.fault(127, "not found"))
        for words in ("check failed: a > b", "ERROR: AddressSanitizer: heap-use-after-free"):
            self.assertIn("broke down", self.fault(FAILED, words))


class SystemCallsTest(FakeProgramTest):
    def fault(self, does):
        self.put(does, "redemptions create")
        with mock.patch.object(system_calls, "run_undisturbed", lambda _: self.undisturbed):
            made = system_calls.Campaign(self.root)
        return made.disturb(((REDEEM, "fsync", NEVER), "EIO"))

    def test_the_program_itself(self):
        with mock.patch.dict(DOES, {"what it should": ":"}):
            self.assertIsNone(self.fault("what it should"))

    def test_nothing_is_done(self):
        self.assertRegex(self.fault("does nothing"), "after exit 0: points_ledger holds\n.*\n  and not\n")

    def test_a_breakdown(self):
        self.assertIn("broke down: terminate called", self.fault("breaks down"))

    def test_a_signal(self):
        self.assertIn("ended with -6", self.fault("ends by a signal"))

    def test_a_hang(self):
        with mock.patch.object(workload, "SECONDS_MAX", 1):
            self.assertTrue(self.fault("hangs").endswith(system_calls.HUNG))

    def test_half_an_effect(self):
        self.assertIn("broken after exit 6", self.fault("leaves half"))

    def test_one_that_is_refused_again(self):
        self.assertIn("again: 6", self.fault("says it is full"))

    def run_main(self, *chosen):
        """What it says, of a run that fails, whose calls are these."""
        said = io.StringIO()
        with mock.patch.object(system_calls, "run_undisturbed", lambda _: self.undisturbed), \
                mock.patch.object(system_calls.Campaign, "find_calls"), mock.patch.object(sys, "argv", ["test"]), \
                mock.patch.object(system_calls, "choose", lambda *_: chosen), \
                contextlib.redirect_stdout(said):  # fmt: skip
            status = system_calls.main()
        self.assertEqual(status, 1)
        return said.getvalue()

    def test_no_call_is_a_failure(self):
        for what in (*system_calls.HUNTED, "a mmap of MAP_STACK"):
            self.assertRegex(self.run_main(), f"never happened: .*{what}")

    def test_calls_that_do_not_come_are_a_failure(self):
        comes, missed = ((REDEEM, "openat", 1), "EMFILE"), [((REDEEM, "rename", NEVER + i), "EIO") for i in range(3)]
        self.assertIn("95 % of what was to fail: 1 of 4", self.run_main(comes, *missed))

    def test_most_calls_are_met(self):
        met = [((step, syscall, 1), "EIO") for step in range(20) for syscall in system_calls.HUNTED]
        self.assertEqual(len(met), 240)
        self.assertEqual(system_calls.never_happened(set(met), met + met[:12]), [])
        self.assertEqual(system_calls.never_happened(set(met), met + met[:13]),
                         ["95 % of what was to fail: 240 of 253"])
        self.assertEqual(system_calls.never_happened({call for call in met if call[0][1] != "mmap"}, met[:80]),
                         ["mmap"])


class ChoiceTest(unittest.TestCase):
    CALLS = {(step, syscall, number): "" for step in range(3) for syscall in ("openat", "write", "mmap")
             for number in range(100)}  # fmt: skip

    def test_a_day_has_each_kind_and_error(self):
        chosen = system_calls.choose(self.CALLS, "ci")
        self.assertEqual(len({call for call, _ in chosen}), system_calls.CALLS_IN_CI)
        self.assertEqual(len(chosen), system_calls.CALLS_IN_CI)
        self.assertEqual({(syscall, error) for (_, syscall, _), error in chosen},
                         {(syscall, error) for syscall in ("openat", "write", "mmap")
                          for error in system_calls.ERRORS[syscall]})  # fmt: skip

    def test_a_night_has_all(self):
        self.assertEqual(len(system_calls.choose(self.CALLS, "night")), 300 * (4 + 2 + 1))


@unittest.skipIf(os.geteuid() != 0 and not os.environ.get("CI"), "needs root, to mount file systems of its own")
class FullDiskTest(FakeProgramTest):
    def fault(self, does, words="redemptions create", left_kib=full_disk.LEFT_MAX_KIB):
        self.put(does, words)
        places, documents = self.undisturbed
        disk = full_disk.Disk(self.root / f"disk-{self.id()}", REDEEM, left_kib, documents)
        return disk.run(places[REDEEM])

    def test_nothing_is_done(self):
        self.assertIn("after exit 0: points_ledger holds", self.fault("does nothing"))

    def test_another_reason(self):
        self.assertIn("does not say that the disk is full", self.fault("says something else"))

    def test_no_reason(self):
        self.assertIn("without one clear line", self.fault("says nothing"))

    def test_a_signal(self):
        self.assertIn("ended with -6", self.fault("ends by a signal"))

    def test_half_an_effect(self):
        self.assertIn("broken after exit 6", self.fault("leaves half"))

    def test_one_that_is_refused_again(self):
        self.assertIn("again: 6", self.fault("says it is full"))

    def test_a_read_that_tells_something_else(self):
        self.assertIn("programme show: wattback: no time", self.fault("says something else", "programme show", 40))

    def test_a_disk_that_is_never_full(self):
        said = io.StringIO()
        with mock.patch.object(full_disk, "run_undisturbed", lambda _: self.undisturbed), \
                mock.patch.object(full_disk, "left_kib", lambda *_: [full_disk.LEFT_MAX_KIB]), \
                contextlib.redirect_stdout(said):  # fmt: skip
            status = full_disk.run(self.root, argparse.Namespace(dose="ci", seed=1))
        self.assertEqual(status, 1)
        for step in STEPS[:11]:
            self.assertIn(f"a full disk at {' '.join(step)}", said.getvalue())


class NoThreadTest(FakeProgramTest):
    # A call of the shell that may be told anything.
    FAILS = ("-e", "trace=getppid", "-e", "inject=getppid:retval=1")

    def fault(self, does, *options):
        self.put(does, "serve")
        with mock.patch.object(no_thread, "ENDS_WITHIN_S", 2):
            serving = no_thread.Serving(Place(self.undisturbed[0][REDEEM].folder), *options)
        return serving.fault(), serving.code

    def test_no_call(self):
        with mock.patch.dict(DOES, {"what it should": ":"}):
            self.assertEqual(self.fault("what it should"), ("no call failed", DONE))

    def test_no_reason(self):
        for does, code in (("does nothing", DONE), ("says something else", UNAVAILABLE), ("says nothing", UNAVAILABLE),
                           ("ends by a signal", -6), ("hangs", no_thread.HUNG)):  # fmt: skip
            self.assertEqual(self.fault(does, *self.FAILS), ("did not say why it ended", code), does)

    def test_a_server_that_does_not_end_in_order(self):
        with mock.patch.dict(DOES, {"ends badly": "trap 'exit 1' TERM; echo http://127.0.0.1:1/; sleep 1; exit 1",
                                    "complains": "trap : TERM; echo http://127.0.0.1:1/; echo oh >&2; exit 0"}):
            for does, code in (("ends badly", FAILED), ("complains", DONE)):
                self.assertEqual(self.fault(does, *self.FAILS), ("did not end in order", code), does)


class FailingServerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattback-red-", dir=IN_MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def faults(self, name, answer, is_failing=True, **kind):
        journal = failing_server.WhileFailing(self.folder / "journal.jsonl")
        journal.is_failing, journal.kind = is_failing, failing_server.Kind((), **kind)
        journal.answer(journal.send(0, Operation(name, "a key", {}, ())), answer)
        journal.close()
        return journal.faults

    def test_answers(self):
        turned_away, broken = Answer(503, False, "{}"), Answer(500, False, "{}")
        self.assertEqual(self.faults("redeem", turned_away), [])
        self.assertEqual(self.faults("balance", turned_away, stops_reads=True), [])
        self.assertEqual(self.faults("balance", turned_away), ["balance: 503 {}"])
        self.assertEqual(self.faults("redeem", turned_away, is_failing=False), ["redeem: 503 {}"])
        self.assertEqual(self.faults("redeem", broken), ["redeem: 500 {}"])
        self.assertEqual(self.faults("redeem", None), ["redeem: no answer"])
        self.assertEqual(self.faults("redeem", None, may_end=True), [])
        self.assertEqual(self.faults("redeem", None, is_failing=False, may_end=True), ["redeem: no answer"])

    def test_reads_and_passwords(self):
        known, journal = {"points": 7}, mock.Mock(is_failing=True, kind=failing_server.Kind((), stops_reads=True),
                                                        turned_away=1, faults=[])  # fmt: skip
        readers = failing_server.Readers(0, mock.Mock(admin=None, members=[mock.Mock()]), journal)
        readers.known = {"a/path": known}
        for status, body in ((200, '{"points":8}'), (200, '{"points":7}'), (503, ""), (500, "")):
            asyncio.run(self.ask(readers, readers.read_on, Answer(status, False, body)))
        self.assertEqual(journal.faults, ['GET a/path is {"points":8} and was {\'points\': 7}', "GET a/path: 500 "])
        journal.faults.clear()
        for status in (201, 503, 401):
            asyncio.run(self.ask(readers, readers.sign_in_again, Answer(status, False, "{}")))
        self.assertEqual(journal.faults, ["the right password: 401 {}"])

    async def ask(self, readers, work, answer):
        """One round."""
        readers.goes_on = True

        async def answered(*_):
            readers.goes_on = False
            return answer

        await work(mock.Mock(ask=answered))

    def test_a_log_that_tells_of_damage(self):
        log = self.folder / "log"
        log.write_text('{"status":503,"log":"is damaged (SQLite 11)"}\n{"status":200}\nmalformed\n', encoding="utf-8")
        self.assertEqual(failing_server.find_log_faults(mock.Mock(log=log)),
                         ["the log: is damaged (SQLite 11)", "the log: malformed"])

    def run_stretches(self, count, **kinds):
        options = argparse.Namespace(seed=1, dose="ci", store=None, count=count)
        said = io.StringIO()
        with mock.patch.object(campaign, "tempfile", mock.Mock(mkdtemp=lambda prefix: self.make(prefix))), \
                mock.patch.object(failing_server, "KINDS", kinds), \
                mock.patch.object(failing_server, "FIRST_503_MAX_S", 1), \
                mock.patch.object(failing_server, "GOES_ON_MAX_S", 1), \
                contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):  # fmt: skip
            made = failing_server.Stretches(options)
            status = campaign.run("failing calls", options, made.tally, made.run)
        self.assertEqual(status, 1, said.getvalue())
        return said.getvalue()

    def make(self, prefix):
        place = self.folder / prefix
        place.mkdir()
        return str(place)

    def test_what_never_happened(self):
        def missing(dose, **seen):
            made = failing_server.Stretches(argparse.Namespace(seed=1, dose=dose, count=3))
            return campaign_case.missing(made, **seen)

        self.assertEqual(missing("night"), [])
        self.assertEqual(missing("night", applied=0), ["applied"])
        self.assertEqual(missing("ci", applied=0), [])
        self.assertEqual(missing("ci", absent=0), ["absent"])
        self.assertEqual(missing("ci", stretches=2), ["stretches 3 times"])

    def test_calls_that_do_not_fail(self):
        said = self.run_stretches(1, idle=failing_server.Kind(("rename:error=EIO",)))
        for what in ("calls that failed, idle", "a 503, idle", "turned_away"):
            self.assertIn(f"never happened: {what}", said)

    def test_a_disk_that_lies(self):
        """Nothing is written any more, and all is said to be well: what the server then reads is not what it wrote, or
        it can go on no more."""
        said = self.run_stretches(1, lying=failing_server.Kind(("pwrite64:retval=4096",), failing_server.STORE))
        self.assertIn("stretch-0-lying, all pwrite64:retval=4096: while calls failed, or after", said)


@contextlib.contextmanager
def calls_that_go_on_failing():
    """Of those that have failed once."""
    kept, let_go = [], FailingCalls.__exit__

    def leave(failing, *_):
        (kept.append if failing.count() else let_go)(failing)

    with mock.patch.object(FailingCalls, "__exit__", leave):
        yield
    for failing in kept:
        let_go(failing)


class LogMoverTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wattback-red-", dir=IN_MEMORY)
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def faults(self, **words):
        with mock.patch.multiple(log_mover, **words), contextlib.redirect_stdout(io.StringIO()):
            return asyncio.run(find_service_faults(self.folder, log_mover.use))

    def test_a_log_that_is_moved_no_more(self):
        """No read works again."""
        with calls_that_go_on_failing():
            faults = self.faults(FAILS="pread64:error=EIO:when=5+")
        self.assertRegex("\n".join(faults), "the log is not moved any more: it has 1[23][0-9] MiB")

    def test_no_read_that_fails(self):
        self.assertEqual(self.faults(FAILS="rename:error=EIO", WITHIN_S=3), ["within 3 s no read of the log failed"])

    def test_a_log_that_is_never_moved(self):
        self.assertEqual(self.faults(WITHIN_S=0), ["within 0 s nothing of the log was moved"])

    def test_what_the_server_says(self):
        log = self.folder / "log"
        for said, faults in (("", 1), ('{"log":"the log was not moved: disk I/O error"}', 0),
                             ('{"log":"disk I/O error: is damaged (SQLite 11)"}', 1)):  # fmt: skip
            log.write_text(said + "\n", encoding="utf-8")
            self.assertEqual(len(log_mover.find_untold(mock.Mock(log=log))), faults, said)

    def test_a_bulk_that_is_turned_away(self):
        async def send():
            with mock.patch.object(log_mover, "Connection") as made:
                made.return_value.ask = mock.AsyncMock(return_value=Answer(503, False, "{}"))
                writers = log_mover.Writers(1, mock.Mock(members=[mock.Mock(user_id="an id")]))
                await asyncio.gather(*writers.workers)
            return writers.faults

        self.assertIn("a bulk: 503 {}", asyncio.run(send()))


class TimeZonesTest(unittest.TestCase):
    def test_zones_that_are_never_read(self):
        """No file can be opened again."""
        with tempfile.TemporaryDirectory(prefix="wattback-red-", dir=IN_MEMORY) as folder, calls_that_go_on_failing(), \
                contextlib.redirect_stdout(io.StringIO()):  # fmt: skip
            faults = asyncio.run(find_service_faults(Path(folder), time_zones.use))
        self.assertEqual(faults, ["a reading was answered 503 when files could be opened again"])


class AcceptingTest(unittest.TestCase):
    def fault(self, **kind):
        """Of one server; what comes later is asked while calls still fail."""
        with tempfile.TemporaryDirectory(prefix="wattback-red-", dir=IN_MEMORY) as folder, \
                mock.patch.object(accepting, "KINDS", {"a kind": accepting.Kind(**kind)}), \
                mock.patch.multiple(accepting, ANSWER_MAX_S=0.5, COME_MAX=50), \
                calls_that_go_on_failing(), contextlib.redirect_stdout(io.StringIO()):  # fmt: skip
            fault, = asyncio.run(find_service_faults(Path(folder), accepting.find_faults))
        return fault

    def test_a_server_that_is_deaf(self):
        self.assertIn("of 8 connections that came later 0 were answered",
                      self.fault(call="accept,accept4:error=EMFILE"))

    def test_a_server_that_ends(self):
        call = "accept,accept4:signal=KILL"
        self.assertIn("the server ended with -9", self.fault(call=call))
        self.assertIn("never happened: a server that went on", self.fault(call=call, may_end=True))
        self.assertIn("the server ended with -11", self.fault(call=call.replace("KILL", "SEGV"), may_end=True))

    def test_no_call_that_fails(self):
        self.assertIn("never happened: a server that went on", self.fault(call="rename:error=EIO"))


if __name__ == "__main__":
    if os.geteuid() == 0:
        go_apart(__file__)
    unittest.main()

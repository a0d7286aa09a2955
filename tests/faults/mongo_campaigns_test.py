#!/usr/bin/env python3
"""The campaigns on MongoDB alone fail when something is lost, doubled, late or answered wrongly, and when what they
hunt never happens."""

import asyncio
import math
import random
import unittest
from unittest import mock

import failcommand_campaign
import failover_campaign
import kinds
import lanes
import proxy
import proxy_campaign
from campaign_case import LOSE_AN_ADJUSTMENT, CampaignTest, alter, missing, options_of
from failover_campaign import Probe, find_untimely
from journal import Operation
from service import Broken
from wire import Answer


class ClaimingCut(proxy.Cut):
    """Says that it was committed, and sends the commit nowhere."""

    async def meet(self, command, link, message):
        if command != "commitTransaction" or self.struck >= self.times:
            return False
        self.struck += 1
        link.program.write(proxy.answer_to(message, {"ok": 1}))
        return True


class CutsTest(CampaignTest):
    def test_a_commit_that_is_claimed_and_never_sent(self):
        for kind in ("redemptions::Redeem", "earning::StartProgramme", "importers::TakeRow"):
            self.refuse_cut(kind, f"{kind}, .*: .* is there after its answer", ClaimingCut)

    def refuse_cut(self, kind, says, cut):
        with mock.patch.object(proxy_campaign, "Cut", cut), mock.patch.object(proxy_campaign, "LANES", 1), \
                mock.patch.object(proxy_campaign, "choose",
                                  lambda *_: [(kind, "answered", "once")]):  # fmt: skip
            self.refuse(says, proxy_campaign.Cuts(options_of(1)))

    def test_no_cut_is_a_failure(self):
        with mock.patch.object(proxy_campaign, "LANES", 0):
            self.refuse_without(proxy_campaign.Cuts(options_of(0)), "cut", *proxy.Cut.WAYS, *proxy_campaign.TIMES,
                                "acknowledged", "absent", *(f"a cut of {kind}" for kind in kinds.KINDS))

    def test_all_that_is_cut_by_night(self):
        cells = list(proxy_campaign.choose(proxy_campaign.EVERYTHING, random.Random(1)))
        self.assertEqual(len(set(cells)), len(kinds.KINDS) * len(proxy.Cut.WAYS) * len(proxy_campaign.TIMES))

    def test_a_cut_that_does_not_come(self):
        hold, strike = mock.Mock(kind="a kind", seconds=0.1), proxy.Cut("sent", 5)
        strike.struck = 1
        with self.assertRaisesRegex(Broken, "a kind: it was over after 1 cuts"):
            proxy_campaign.Cuts(options_of(1)).count(hold, strike, ("users::CreateUser", "sent", "five_times"))

    def test_what_has_gone_nowhere_and_is_not_answered_503(self):
        hold, strike = mock.Mock(kind="a kind", seconds=31, was_unavailable=False), proxy.Cut("lost", math.inf)
        strike.struck = 9
        with self.assertRaisesRegex(Broken, "a kind: it was over after 9 cuts"):
            proxy_campaign.Cuts(options_of(1)).count(hold, strike, ("users::CreateUser", "lost", "to_the_end"))

    def test_a_kind_without_a_case(self):
        with mock.patch.dict(kinds.KINDS), self.assertRaisesRegex(Broken, "rewards::MoveStock"):
            del kinds.KINDS["rewards::MoveStock"]
            lanes.check_kinds()


class FailuresTest(CampaignTest):
    def test_no_failure_is_a_failure(self):
        with mock.patch.object(failcommand_campaign, "LANES", 0):
            self.refuse_without(failcommand_campaign.Failures(options_of(0)), *failcommand_campaign.COMMANDS,
                                "acknowledged", "absent")

    def test_a_night_that_left_a_way_to_fail_out(self):
        night, day = (failcommand_campaign.Failures(options_of(1, dose)) for dose in ("night", "ci"))
        never = night.never_met()
        self.assertEqual(len(never), sum(1 for command in failcommand_campaign.COMMANDS
                                         for _ in failcommand_campaign.ways_of(command)))
        self.assertIn("find: {'errorCode': 134}", never)
        night.met.add(("find", "{'errorCode': 134}"))
        self.assertEqual(set(never) - set(night.never_met()), {"find: {'errorCode': 134}"})
        self.assertEqual(day.never_met(), [])

    def count(self, struck, was_unavailable, way):
        failures = failcommand_campaign.Failures(options_of(1))
        hold = mock.Mock(kind="a kind", seconds=0.1, was_unavailable=was_unavailable, was_applied=False)
        failures.count(hold, failcommand_campaign.Failure(None, "commitTransaction", way, 4), struck,
                       "commitTransaction", way)

    def test_a_fail_point_that_does_not_strike(self):
        with self.assertRaisesRegex(Broken, "struck 3 times, and not 4"):
            self.count(3, False, {"errorCode": 91})

    def test_a_commit_that_could_have_been_repeated(self):
        self.count(4, True, {"errorCode": 251, "errorLabels": [failcommand_campaign.TRANSIENT]})
        with self.assertRaisesRegex(Broken, "was answered 503; the commit could be repeated"):
            self.count(4, True, {"errorCode": 91})


class HoldTest(unittest.TestCase):
    """A request answered like this, whose effect is seen like that."""

    def hold(self, answers, looks, **more):
        answers, looks = [answer and Answer(*answer) for answer in answers], list(looks)

        async def look():
            return looks.pop(0) if len(looks) > 1 else looks[0]

        async def ask(*_):
            return answers.pop(0) if len(answers) > 1 else answers[0]
        case = kinds.Case((), look, 1, **({"repeated": 201, "same": True} | more))
        hold, tally = lanes.Hold("a kind", case, mock.Mock(ask=ask)), lanes.Tally()
        asyncio.run(hold.run(lambda: None, lambda: None))
        tally.take(hold)
        return tally.acknowledged, tally.applied, tally.absent

    def refuse(self, says, answers, looks, **more):
        with self.assertRaisesRegex(Broken, says):
            self.hold(answers, looks, **more)

    def test_what_is_promised(self):
        acknowledged, applied, absent = (1, 0, 0), (0, 1, 0), (0, 0, 1)
        self.assertEqual(self.hold([(201, False, "{}"), (201, True, "{}")], [0, 1]), acknowledged)
        self.assertEqual(self.hold([(503, False, "{}"), (201, True, "{}")], [0, 1]), applied)
        self.assertEqual(self.hold([(503, False, "{}"), (201, False, "{}"), (201, True, "{}")], [0, 0, 1]), absent)
        self.assertEqual(self.hold([(503, False, "{}")], [0, 1], repeated=None), applied)

    def test_an_effect_that_is_lost(self):
        self.refuse("0 is there after its answer", [(201, False, "{}")], [0])

    def test_an_effect_that_is_doubled(self):
        self.refuse("2 is there after its answer", [(201, False, "{}")], [0, 2])
        self.refuse("2 is there after it was repeated", [(201, False, "{}"), (201, True, "{}")], [0, 1, 2])
        self.refuse("2 is there after 503", [(503, False, "{}")], [0, 2], repeated=None)

    def test_answers_that_no_client_should_get(self):
        self.refuse("was not answered", [None], [0])
        self.refuse("answered 500", [(500, False, "{}")], [0, 1])
        self.refuse("answered 409", [(409, False, "{}")], [0, 1])
        self.refuse("its answer, replayed: False", [(503, False, "{}"), (201, False, "{}")], [0, 1])
        self.refuse("its answer, replayed: True", [(503, False, "{}"), (201, True, "{}")], [0, 0, 1])
        self.refuse("repeated, it is answered 404", [(201, False, "{}"), (404, False, "{}")], [0, 1])
        self.refuse("and repeated b", [(201, False, "a"), (201, True, "b")], [0, 1])
        self.refuse("was done before it was asked for", [(201, False, "{}")], [1])

    def test_one_that_is_never_settled(self):
        with mock.patch.object(lanes, "SETTLE_MAX_S", 0):
            self.refuse("still 503", [(503, False, "{}")], [0])


class QuietSet:
    """In place of three mongods none: the server is on an embedded store, and nothing happens to it."""

    address, ports = None, (1, 2, 3)

    def __init__(self, **_):
        pass

    def find_primary(self):
        return 1

    def step_down(self, port, away_s, watch):
        watch.begin()
        watch.end()
        return True

    def freeze(self, ports, seconds):
        pass

    def kill(self, port):
        pass

    start = kill

    def stand_still(self, port, seconds):
        pass

    def wait_until_whole(self):
        pass

    def end(self):
        pass


class FailoversTest(CampaignTest):
    def failovers(self, count, make_set=QuietSet):
        tries = mock.patch.object(failover_campaign, "TRIES", 1)
        tries.start()
        self.addCleanup(tries.stop)
        return failover_campaign.Failovers(options_of(count), make_set)

    def test_no_fault_is_a_failure(self):
        self.refuse_without(self.failovers(0), "landed", "step_downs", "kills", "in_doubt", "absent",
                            "unready_step_downs", "unready_kills", "acknowledged", "refused")

    def test_faults_that_nobody_notices(self):
        self.refuse("of 1 step_downs none met 32 requests in flight and left something in doubt", self.failovers(1))

    def test_a_service_that_is_late(self):
        with mock.patch.object(failover_campaign, "BACK_MAX_S", 0):
            self.refuse("no write was acknowledged within 0 s", self.failovers(1))

    def test_an_adjustment_that_a_fault_loses(self):
        class LossySet(QuietSet):
            def step_down(_, *arguments):
                alter(self.place / "data", *LOSE_AN_ADJUSTMENT)
                return super().step_down(*arguments)
        self.refuse("adjust .* was acknowledged as .* and is not there", self.failovers(1, LossySet))

    def missing(self, dose="night", **seen):
        return missing(failover_campaign.Failovers(options_of(1, dose)), **seen)

    def test_a_night_in_which_a_kind_of_fault_was_never_unready(self):
        self.assertEqual(self.missing(), [])
        self.assertEqual(self.missing(unready_step_downs=0), ["unready_step_downs"])
        self.assertEqual(self.missing(unready_kills=0), ["unready_kills"])

    def test_a_run_in_which_nothing_in_doubt_was_there_or_was_not(self):
        self.assertEqual(self.missing(applied=0), ["applied"])
        self.assertEqual(self.missing(absent=0), ["absent"])
        self.assertEqual(self.missing("ci", applied=0), [])
        self.assertEqual(self.missing("ci", absent=0), ["absent"])

    def watch(self, before, after, is_read=False):
        """Of a fault, and of so many writes sent before it and after it that are answered 503."""
        journal = failover_campaign.Watched(self.folder / "journal")
        self.addCleanup(journal.close)
        operation = Operation("balance" if is_read else "adjust", "k", {}, ())
        under_way = [journal.send(1, operation) for _ in range(before)]
        journal.begin()
        journal.end()
        for attempt in under_way + [journal.send(1, operation) for _ in range(after)]:
            journal.answer(attempt, Answer(503, False, "{}"))
        return journal

    def test_a_fault_that_counts(self):
        self.assertTrue(self.watch(failover_campaign.IN_FLIGHT_MIN, 0).counts)

    def test_a_fault_that_met_too_few_requests(self):
        self.assertFalse(self.watch(failover_campaign.IN_FLIGHT_MIN - 1, 0).counts)

    def test_a_fault_that_leaves_in_doubt_only_what_was_sent_after_it(self):
        journal = self.watch(0, 40)
        self.assertEqual(journal.doubtful, 0)
        journal = self.watch(failover_campaign.IN_FLIGHT_MIN, 0, is_read=True)
        self.assertEqual(journal.doubtful, 0)
        self.assertFalse(journal.counts)

    def test_a_write_that_was_under_way_ends_no_fail_over(self):
        journal = self.watch(0, 0)
        early, late = (Operation("adjust", key, {}, ()) for key in ("early", "late"))
        attempt = journal.send(1, early)
        journal.begin()
        journal.end()
        journal.answer(attempt, Answer(201, False, "{}"))
        self.assertIsNone(journal.back)
        journal.answer(journal.send(1, late), Answer(201, False, "{}"))
        self.assertIsNotNone(journal.back)

    def says(self, *probes, gone=10.0, back=20.0):
        return list(find_untimely([Probe(*each) for each in probes], gone, back))

    def test_what_readyz_should_say(self):
        self.assertEqual(self.says((9, 9.1, 200), (11, 13.5, 503), (21, 21.1, 200)), [])
        self.assertEqual(self.says((9, 9.1, 200), (21, 21.1, 200), back=12.0), [])

    def test_what_readyz_should_not_say(self):
        self.assertRegex(self.says((9, 9.1, 200), (11, 11.1, 200))[0], "never said 503, of a store that took no write")
        self.assertRegex(self.says((11, 15.5, 503), (21, 21.1, 200))[0], "took 4.5 s")
        self.assertRegex(self.says((11, 11.1, 503), (12, 12.1, 500), (21, 21.1, 200))[0], "said 500")
        self.assertRegex(self.says((11, 11.1, 503), (12, 12.1, None), (21, 21.1, 200))[0], "said None")
        self.assertRegex(self.says((11, 11.1, 503), (21, 21.1, 503))[0], "says 503, of a store that is back")
        self.assertRegex(self.says((5, 5.5, 503), (11, 11.1, 503), (21, 21.1, 200))[0], "before anything happened")


if __name__ == "__main__":
    unittest.main()

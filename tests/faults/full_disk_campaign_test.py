#!/usr/bin/env python3
"""A campaign of full disks fails when one loses or doubles an effect, or never gets full, when the server answers
wrongly meanwhile, and when what is hunted never happens."""

import unittest
from unittest import mock

import full_disk_campaign
from campaign_case import DOUBLE_AN_ADJUSTMENT, LOSE_AN_ADJUSTMENT, CampaignTest, alter, missing, options_of
from full_disk_campaign import ROOM_KIB, Disks, WhileFull
from journal import Operation
from small_disk import go_apart
from wire import Answer


class LossyDisks(Disks):
    """Once there is room again, an effect is not there any more."""

    statements = LOSE_AN_ADJUSTMENT

    def size(self, kib):
        super().size(kib)
        if kib == ROOM_KIB:
            alter(self.data, *self.statements)


class DoublingDisks(LossyDisks):
    statements = DOUBLE_AN_ADJUSTMENT


class EndlessDisks(Disks):
    def size(self, kib):
        pass


class DisksTest(CampaignTest):
    def test_an_effect_that_is_lost(self):
        self.refuse("with room again(?s:.*)was acknowledged as .* and is not there", LossyDisks(options_of(1)))

    def test_an_effect_that_is_doubled(self):
        self.refuse("with room again(?s:.*)adjusted .* should be one entry", DoublingDisks(options_of(1)))

    def test_a_disk_that_never_gets_full(self):
        with mock.patch.object(full_disk_campaign, "FULL_WITHIN_S", 0):
            self.refuse("while the disk was full 0 were turned away and 0 read", EndlessDisks(options_of(1)))

    def test_no_disk_is_a_failure(self):
        self.refuse_without(Disks(options_of(0)), "turned_away", "read", "acknowledged", "refused", "absent", "disks")

    def test_what_never_happened(self):
        self.assertEqual(missing(Disks(options_of(3, "night"))), [])
        self.assertEqual(missing(Disks(options_of(3, "night")), applied=0), ["applied"])
        self.assertEqual(missing(Disks(options_of(3)), applied=0), [])
        self.assertEqual(missing(Disks(options_of(3)), absent=0), ["absent"])
        self.assertEqual(missing(Disks(options_of(3)), disks=2), ["disks 3 times"])

    def watch(self, *answers):
        """What it saw while a disk was full, of names and statuses."""
        journal = WhileFull(self.folder / "journal")
        self.addCleanup(journal.close)
        journal.may_be_full = True
        for name, status in answers:
            attempt = journal.send(1, Operation(name, "k", {}, ()))
            journal.answer(attempt, status and Answer(status, False, '{"code": "unavailable"}'))
        return journal

    def test_what_is_answered_while_it_is_full(self):
        journal = self.watch(("balance", 200), ("adjust", 201), ("adjust", 503), ("redeem", 503), ("stock", 200))
        self.assertEqual((journal.faults, journal.turned_away, journal.read), ([], 2, 1))

    def test_what_should_not_be_answered(self):
        for answer in (("adjust", 500), ("adjust", None), ("balance", 503), ("balance", 500), ("balance", None)):
            self.assertEqual(len(self.watch(answer).faults), 1, answer)


if __name__ == "__main__":
    go_apart(__file__)
    unittest.main()

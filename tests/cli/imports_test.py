"""Files of readings, users and rewards taken in from the command line."""

import csv
import datetime
import gzip
import json
import os
import re
import signal
import subprocess
import time
import unittest

from wattback import EXAMPLES, FAILED, INVALID, CONFLICT, REFUSED, StoreTest

USER = ("--user", "rosa@example.org")
SOLAR = (*USER, "--energy-type", "Renewable")


def hourly(first, count, kwh="0.125", step=3600):
    """A CSV of `count` readings from an instant on."""
    start = datetime.datetime.fromisoformat(first)
    rows = (f"{(start + datetime.timedelta(seconds=step * i)).isoformat()},{kwh}" for i in range(count))
    return "start,value\n" + "\n".join(rows) + "\n"


def green_button(*points):
    """A feed of an hour of 1 kWh for each usage point: its identifier and its title, or None."""
    def entry(links, content, around=""):
        links = "".join(f'<link rel="{relation}" href="{href}"/>' for relation, href in links)
        return f"<entry>{around}{links}<content>{content}</content></entry>"
    entries = [entry([("self", "RT/1")], "<e:ReadingType><e:uom>72</e:uom></e:ReadingType>")]
    for identifier, title in points:
        point, reading = f"UP/{identifier}", f"UP/{identifier}/MR/1"
        about = f"<id>{identifier}</id>" + (f"<title>{title}</title>" if title else "")
        entries += [entry([("self", point), ("related", f"{point}/MR")], "<e:UsagePoint/>", about),
                    entry([("self", reading), ("up", f"{point}/MR"), ("related", f"{reading}/IB"), ("related", "RT/1")],
                          "<e:MeterReading/>"),
                    entry([("self", f"{reading}/IB/1"), ("up", f"{reading}/IB")],
                          "<e:IntervalBlock><e:IntervalReading><e:timePeriod><e:duration>3600</e:duration>"
                          "<e:start>1767225600</e:start></e:timePeriod><e:value>1000</e:value></e:IntervalReading>"
                          "</e:IntervalBlock>", "<updated>2026-01-02T00:00:00Z</updated>")]
    return ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi">' + "\n".join(entries) + "</feed>")


class Imports(StoreTest):
    def setUp(self):
        super().setUp()
        self.add_member()

    def take(self, file, *more, exit_code=0, text=""):
        return self.run_json("usage", "import", file, *more, exit_code=exit_code, text=text)

    def counts(self, summary, *names):
        return tuple(summary[name] for name in names)

    def test_green_button(self):
        summary = self.take(EXAMPLES / "green-button.xml", *SOLAR)
        self.assertEqual(self.counts(summary, "read", "accepted", "energy_kwh", "points"), (72, 72, 57.266, 572))
        again = self.take(EXAMPLES / "green-button.xml", *SOLAR)
        self.assertEqual(self.counts(again, "repeated", "accepted", "duplicates", "energy_kwh", "points"),
                         (True, 0, 72, 0, 0))
        self.assertEqual(self.points(), 572)
        self.audit()

    def test_usage_points_without_a_title_are_meters_of_their_own(self):
        self.take(self.write("a.csv", hourly("2026-01-01T00:00:00+00:00", 2)), *SOLAR)
        both = self.write("both.xml", green_button(("urn:1", None), ("urn:2", None)))
        self.assertEqual(self.counts(self.take(both, *SOLAR), "accepted", "energy_kwh"), (2, 2))
        alone = self.write("alone.xml", green_button(("urn:3", None)))
        self.assertEqual(self.counts(self.take(alone, *SOLAR), "accepted", "energy_kwh"), (1, 1))
        again = self.write("again.xml", green_button(("urn:2", None), ("urn:3", None)))
        self.assertEqual(self.counts(self.take(again, *SOLAR), "duplicates", "energy_kwh"), (2, 0))
        labels = [meter["label"] for meter in self.run_json("meters", "list", *USER)["data"]]
        self.assertEqual(labels, ["default", "urn:1", "urn:2", "urn:3"])

    def test_usage_points_of_one_title_in_files_of_their_own(self):
        for identifier in ("urn:1", "urn:2", "urn:2"):
            self.take(self.write(f"{identifier}.xml", green_button((identifier, "Electric"))), *SOLAR)
        labels = [meter["label"] for meter in self.run_json("meters", "list", *USER)["data"]]
        self.assertEqual((labels[0], len(labels), self.points()), ("Electric", 2, 20))

    def test_one_label_for_several_usage_points_is_refused(self):
        file = self.write("both.xml", green_button(("urn:1", "Roof"), ("urn:2", None)))
        for more in (("--dry-run",), ()):
            finished = self.refuse(INVALID, "usage", "import", file, *SOLAR, "--meter", "Roof", *more, says="'Roof (urn:1)'")
            self.assertIn("'urn:2'", finished.stderr)
        self.assertEqual(self.run_json("imports", "list")["data"], [])
        rows = "user,meter,start,duration,value\n" + "".join(
            f"{who}@example.org,{meter},2026-01-0{day}T00:00:00Z,3600,1\n"
            for day, (who, meter) in enumerate((("rosa", "a"), ("otto", "b"), ("rosa", "c")), 1))
        self.refuse(INVALID, "usage", "import", self.write("a.csv", rows), "--energy-type", "Renewable", "--meter", "x",
                    says="'a' and 'c'")
        alone = self.write("alone.xml", green_button(("urn:1", "Roof")))
        self.assertEqual(self.take(alone, *SOLAR, "--meter", "Front")["accepted"], 1)
        self.assertEqual([meter["label"] for meter in self.run_json("meters", "list", *USER)["data"]], ["Front"])

    def test_the_input_is_not_the_file_of_rejected_lines(self):
        rows = hourly("2026-01-05T00:00:00+00:00", 3)
        file = self.write("a.csv", rows)
        (self.folder / "same.csv").hardlink_to(file)
        for errors in (file, self.folder / "same.csv"):
            self.refuse(INVALID, "usage", "import", file, *SOLAR, "--errors", errors, says="--errors: is the input itself")
            self.refuse(INVALID, "users", "import", file, "--errors", errors, says="--errors: is the input itself")
        self.assertEqual(file.read_text(encoding="utf-8"), rows)

    def test_an_as_of_ahead_of_time_refuses_the_whole(self):
        file = self.write("a.csv", hourly("2026-01-05T00:00:00+00:00", 3))
        for more in (("--dry-run",), ()):
            self.refuse(INVALID, "usage", "import", file, *SOLAR, "--as-of", "2199-01-01T00:00:00Z", *more,
                        says="as_of: is in the future")
        self.assertEqual(self.run_json("imports", "list")["data"], [])

    def test_the_same_readings_of_another_file_are_duplicates(self):
        first = self.write("a.csv", hourly("2026-01-05T00:00:00+00:00", 30))
        second = self.write("b.csv", hourly("2026-01-05T12:00:00+00:00", 30))
        self.take(first, *SOLAR)
        summary = self.take(second, *SOLAR)
        self.assertEqual(self.counts(summary, "accepted", "duplicates", "energy_kwh"), (12, 18, 1.5))
        self.audit()

    def test_a_unit_is_written_in_any_case(self):
        file = self.write("a.csv", "start,duration,value\n2026-01-05T00:00:00Z,3600,25\n")
        for unit, energy in (("Wh", 0.025), ("kWh", 25), ("MWH", 25_000)):
            self.assertEqual(self.take(file, *SOLAR, "--meter", unit, "--unit", unit, "--dry-run")["energy_kwh"], energy)
        self.refuse(INVALID, "usage", "import", file, *SOLAR, "--unit", "J", says="'J' is none of wh, kwh, mwh")

    def test_no_energy_type_is_never_guessed(self):
        file = self.write("a.csv", hourly("2026-01-05T00:00:00+00:00", 3))
        self.refuse(INVALID, "usage", "import", file, *USER, says="energy_type")
        self.assertEqual(self.run_json("imports", "list")["data"], [])

    def test_bad_lines_are_told_and_the_good_ones_kept(self):
        file = self.write("a.csv", "start,value\n2026-01-05T00:00:00Z,1\nyesterday,1\n2026-01-05T01:00:00Z,-1\n"
                                   "2026-01-05T02:00:00Z,x\n2026-01-05T03:00:00Z,1\n")
        errors = self.folder / "errors.csv"
        summary = self.take(file, *SOLAR, "--errors", errors, exit_code=FAILED)
        self.assertEqual(self.counts(summary, "read", "accepted", "rejected", "points"), (5, 2, 3, 20))
        lines = [line.split(",")[0] for line in errors.read_text(encoding="utf-8").splitlines()]
        self.assertEqual(sorted(lines[1:]), ["3", "4", "5"])

    def test_the_dates_of_an_import_are_of_what_it_took_in(self):
        rows = "start,duration,value\n" + "".join(f"2026-01-{day:02}T00:00:00Z,3600,{kwh}\n"
                                                  for day, kwh in ((1, -1), (5, 1), (6, 1), (9, -1)))
        taken = self.take(self.write("a.csv", rows), *SOLAR, exit_code=FAILED)
        shown = self.run_json("imports", "show", taken["import_id"])
        self.assertEqual((shown["first_date"], shown["last_date"]), ("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"))
        none = self.take(self.write("b.csv", rows.replace(",1\n", ",-1\n")), *SOLAR, exit_code=FAILED)
        shown = self.run_json("imports", "show", none["import_id"])
        self.assertEqual((shown["first_date"], shown["last_date"]), (None, None))
        self.audit()

    def rejected_lines(self, file, *more):
        """What an import says, and the lines and reasons of its file of errors."""
        errors = self.folder / "errors.csv"
        said = self.take(file, *SOLAR, "--errors", errors, *more, exit_code=FAILED)
        return said, [tuple(row.values()) for row in csv.DictReader(errors.read_text(encoding="utf-8").splitlines())]

    def test_a_repeat_tells_every_rejected_line_again(self):
        ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5, seconds=4)
        start = (ahead - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        file = self.write("a.csv", "start,duration,value,meter\n2026-01-05T02:00:00Z,3600,-1,a\nyesterday,3600,1,a\n"
                                   f"{start},3600,1,b\n2026-01-05T00:00:00Z,3600,1,a\nx,3600,1,a\n")
        _, first = self.rejected_lines(file)
        self.assertEqual([line for line, _ in first], ["2", "3", "4", "6"])
        time.sleep(5)
        said, again = self.rejected_lines(file)
        self.assertEqual(self.counts(said, "repeated", "rejected", "duplicates"), (True, 4, 1))
        self.assertEqual([line for line, _ in again], ["2", "3", "4", "6"])
        self.assertIn("would be taken now; state another --as-of", again[2][1])
        self.assertEqual(again[:2] + again[3:], first[:2] + first[3:])
        self.assertEqual(self.points(), 10)

    def test_a_reading_of_a_feed_in_one_line_is_told_by_its_start(self):
        feed = green_button(("urn:1", None)).replace("<e:value>1000</e:value>", "<e:value>-1</e:value>").replace("\n", "")
        _, lines = self.rejected_lines(self.write("feed.xml", feed))
        self.assertEqual([line for line, _ in lines], ["1"])
        self.assertIn("the reading of 2026-01-01T00:00:00Z: ", lines[0][1])

    def test_rejected_lines_that_can_not_be_written(self):
        file = self.write("a.csv", "start,duration,value\n" + "x,3600,1\n" * 3)
        self.refuse(INVALID, "usage", "import", file, *SOLAR, "--errors", "/dev/full", says="No space left")
        self.assertEqual(self.run_json("imports", "list")["data"], [])
        self.refuse(INVALID, "users", "import", file, "--errors", "/dev/full", says="No space left")

    def test_standard_input_and_gzip(self):
        text = hourly("2026-01-05T00:00:00+00:00", 24)
        self.assertEqual(self.take("-", *SOLAR, text=text)["accepted"], 24)
        packed = self.folder / "a.csv.gz"
        packed.write_bytes(gzip.compress(hourly("2026-01-06T00:00:00+00:00", 24).encode()))
        self.assertEqual(self.take(packed, *SOLAR)["accepted"], 24)
        packed.write_bytes(gzip.compress(hourly("2026-01-07T00:00:00+00:00", 24).encode())[:-9])
        self.refuse(INVALID, "usage", "import", packed, *SOLAR, says="a.csv.gz")
        self.assertEqual(self.points(), 60)

    def test_ndjson_of_several_members(self):
        self.add_member("otto@example.org")
        rows = [f'{{"email": "{who}@example.org", "meter": "roof", "start": "2026-01-05T{hour:02}:00:00Z", '
                f'"duration": 3600, "energy_consumed": 0.5, "energy_type": "Renewable"}}'
                for hour in range(5) for who in ("rosa", "otto", "nobody")]
        summary = self.take(self.write("a.ndjson", "\n".join(rows)), exit_code=FAILED)
        self.assertEqual(self.counts(summary, "read", "accepted", "rejected"), (15, 10, 5))
        self.assertEqual((self.points(), self.points("otto@example.org")), (25, 25))
        self.audit()

    def test_a_dry_run_writes_nothing(self):
        file = self.write("a.csv", hourly("2026-01-05T00:00:00+00:00", 24))
        summary = self.take(file, *SOLAR, "--dry-run")
        self.assertEqual(self.counts(summary, "accepted", "points", "dry_run"), (24, 30, True))
        self.assertEqual((self.points(), self.run_json("imports", "list")["data"]), (0, []))
        self.assertEqual(self.take(file, *SOLAR)["points"], 30)

    def test_hours_after_the_same_quarter_hours_are_refused(self):
        self.take(self.write("a.csv", hourly("2026-01-05T00:00:00+00:00", 96, step=900)), *SOLAR)
        before = self.points()
        summary = self.take(self.write("b.csv", hourly("2026-01-05T00:00:00+00:00", 24)), *SOLAR, exit_code=FAILED)
        self.assertEqual(self.counts(summary, "accepted", "rejected", "points"), (0, 24, 0))
        self.assertEqual(self.points(), before)

    def test_hours_that_start_at_half_past(self):
        summary = self.take(self.write("a.csv", hourly("2026-01-05T00:00:00+05:30", 48)), *SOLAR)
        self.assertEqual(self.counts(summary, "accepted", "rejected"), (48, 0))

    def test_a_restating_file_and_its_withdrawal(self):
        first = self.take(self.write("a.csv", hourly("2026-01-05T00:00:00+00:00", 24, "1")), *SOLAR, "--as-of",
                          "2026-01-06T00:00:00Z")
        second = self.take(self.write("b.csv", hourly("2026-01-05T00:00:00+00:00", 12, "2")), *SOLAR, "--as-of",
                           "2026-01-07T00:00:00Z")
        self.assertEqual(self.counts(second, "restated", "energy_kwh", "points"), (12, 12, 120))
        withdraw = ("usage", "withdraw", first["import_id"], "--reason", "wrong-file")
        self.refuse(REFUSED, *withdraw, says="--yes")
        taken_back = self.run_json(*withdraw, "--yes")
        self.assertEqual(self.counts(taken_back, "restated", "energy_kwh", "points"), (12, -12, -120))
        self.assertEqual(self.run_json(*withdraw, "--yes")["restated"], 0)
        self.refuse(CONFLICT, "usage", "import", self.folder / "a.csv", *SOLAR, "--as-of", "2026-01-06T00:00:00Z",
                    says="(wrong-file); to take it in anew, state --as-of later than the withdrawal")
        self.assertEqual(self.points(), 240)
        self.audit()

    def test_killed_it_goes_on_where_it_was(self):
        text = hourly("2020-01-01T00:00:00+00:00", 40_000, "0.25")
        file = self.write("a.csv", text.replace("value\n", "value\nyesterday,1\n", 1))
        command = self.command("usage", "import", file, *SOLAR)
        kills, wait = 0, 0.1
        while kills < 2 and wait < 10:
            with subprocess.Popen(command, env=self.environment(), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as running:
                time.sleep(wait)
                if running.poll() is None:
                    os.kill(running.pid, signal.SIGKILL)
            listed = self.run_json("imports", "list")["data"]
            if listed and listed[0]["status"] != "running":
                break
            kills += bool(listed) and listed[0]["progress"] > 0
            wait *= 1.2
        self.assertGreater(kills, 0, "no kill landed in the middle of the import")
        summary, rejected = self.rejected_lines(file)
        self.assertEqual(self.counts(summary, "resumed", "read", "accepted", "duplicates", "energy_kwh"),
                         (True, 40_001, 40_000, 0, 10_000))
        self.assertEqual([line for line, _ in rejected], ["2"])
        self.assertEqual(self.points(), 100_000)
        self.audit()


class InitialLoad(StoreTest):
    def test_users_are_made_then_changed_then_left_alone(self):
        file = self.write("users.csv", "email,name,role,time_zone,opening_points\n"
                                       "a@example.org,Ana,User,Europe/Lisbon,250\n"
                                       "b@example.org,\"Bruno, the second\",Admin,,\n"
                                       "not an email,Nobody,User,,\n")
        errors = self.folder / "errors.csv"
        first = self.run_json("users", "import", file, "--errors", errors, exit_code=FAILED)
        self.assertEqual((first["read"], first["created"], first["rejected"]), (3, 2, 1))
        self.assertIn("4,", errors.read_text(encoding="utf-8"))
        self.assertEqual(self.points("a@example.org"), 250)
        again = self.run_json("users", "import", file, exit_code=FAILED)
        self.assertEqual((again["created"], again["changed"], again["unchanged"]), (0, 0, 2))
        self.assertEqual(self.points("a@example.org"), 250)
        changed = self.run_json("users", "import", self.write("more.ndjson", '{"email": "A@example.org", "name": "Ana Maria"}'))
        self.assertEqual(changed["changed"], 1)
        self.audit()

    def reasons(self, verb, text, *more):
        """What an import says, and the reasons of its rejected lines by line."""
        errors = self.folder / "errors.csv"
        said = self.run_json(verb, "import", self.write("rows.csv", text), "--errors", errors, *more, exit_code=FAILED)
        rows = csv.DictReader(errors.read_text(encoding="utf-8").splitlines())
        return said, {int(row["line"]): row["reason"] for row in rows}

    def test_a_rejected_user_leaves_nothing(self):
        header = "email,name,role,opening_points\n"
        self.run_json("users", "import", self.write("users.csv", header + "a@example.org,Ana,User,100\n"))
        for more in (("--dry-run",), ()):
            said, reasons = self.reasons("users", header + "a@example.org,Anna,Admin,250\nb@example.org,Bea,Admin,"
                                         "1000000000001\nc@example.org,Cid,User,-5\n", *more)
            self.assertEqual((said["created"], said["changed"], said["rejected"]), (0, 0, 3))
            self.assertIn("an opening balance of 100 points was given before and can't be changed to 250", reasons[2])
            self.assertIn("must be 1 to 1000000000000", reasons[3])
            self.assertEqual(reasons[4], "opening_points: must be 0 or more")
            listed = self.run_json("users", "list")["data"]
            self.assertEqual([(user["name"], user["role"], user["total_points"]) for user in listed],
                             [("Ana", "User", 100)])
        self.audit()

    def test_what_was_rejected_is_taken_out_to_be_mended(self):
        """As README has it."""
        readme = (EXAMPLES.parent.parent / "README.md").read_text(encoding="utf-8")
        command = re.search(r"`(awk [^`]*errors\.csv members\.csv > again\.csv)`", readme)[1]
        file = self.write("members.csv", "email,name\nada@example.org,Ada\nbob,Bob\ncid@example.org,Cid\ndan,Dan, too\n")
        finished = self.run_any("users", "import", file, "--errors", "errors.csv")
        self.assertEqual(finished.returncode, FAILED, finished.stderr)
        subprocess.run(["bash", "-c", command], cwd=self.folder, check=True)
        again = (self.folder / "again.csv").read_text(encoding="utf-8")
        self.assertEqual(again, "email,name\nbob,Bob\ndan,Dan, too\n")

    def test_a_rejected_reward_leaves_nothing(self):
        header = "name,points_required,opening_stock\n"
        self.run_json("rewards", "import", self.write("rewards.csv", header + "Kettle,500,7\n"))
        said, reasons = self.reasons("rewards", header + "Kettle,400,9\nLamp,50,1000000000000000\nFan,50,-1\n")
        self.assertEqual((said["created"], said["changed"], said["rejected"]), (0, 0, 3))
        self.assertIn("an opening stock of 7 units was given before and can't be changed to 9", reasons[2])
        self.assertIn("the opening is refused", reasons[3])
        self.assertEqual(reasons[4], "opening_stock: must be 0 or more")
        listed = self.run_json("rewards", "list")["data"]
        self.assertEqual([(row["name"], row["points_required"], row["inventory"]) for row in listed], [("Kettle", 500, 7)])
        self.audit()

    def test_what_opens_later_is_changed(self):
        for verb, row, opening in (("users", {"email": "a@example.org", "name": "Ana"}, {"opening_points": 5}),
                                   ("rewards", {"name": "Kettle", "points_required": 5}, {"opening_stock": 5})):
            for fields, outcome in ((row, "created"), (row | opening, "changed"), (row | opening, "unchanged")):
                said = self.run_json(verb, "import", self.write("rows.ndjson", json.dumps(fields)))
                self.assertEqual((verb, said[outcome]), (verb, 1))
        self.audit()

    def test_one_file_says_one_thing_of_each(self):
        text = "email,name\na@example.org,Ana\nb@example.org,Bea\nA@Example.org,Anna\n"
        said, reasons = self.reasons("users", text)
        self.assertEqual((said["created"], reasons), (2, {4: "line 2 has this email already"}))
        said, reasons = self.reasons("users", text)
        self.assertEqual((said["changed"], said["unchanged"], reasons), (0, 2, {4: "line 2 has this email already"}))
        said, reasons = self.reasons("rewards", "name,points_required\nKettle,5\nKETTLE,7\n")
        self.assertEqual((said["created"], reasons), (1, {3: "line 2 has this name already"}))

    def test_somebody_else_stays_an_administrator(self):
        self.run_json("users", "import", self.write("a.csv", "email,name,role\na@example.org,Ana,Admin\nb@example.org,Bea,Admin\n"))
        said, reasons = self.reasons("users", "email,role\na@example.org,User\nb@example.org,User\n")
        self.assertEqual((said["changed"], list(reasons)), (1, [3]))
        said = self.run_json("users", "import", self.write("b.csv", "email,role\na@example.org,Admin\nb@example.org,User\n"))
        self.assertEqual((said["changed"], said["rejected"]), (2, 0))

    def test_rewards_and_a_dry_run(self):
        file = self.write("rewards.csv", "name,description,points_required,opening_stock\nKettle,Boils,500,7\n")
        self.add_member()
        dry = self.run_json("rewards", "import", file, "--dry-run")
        self.assertEqual((dry["created"], self.run_json("rewards", "list")["data"]), (1, []))
        self.run_json("rewards", "import", file)
        self.assertEqual(self.run_json("rewards", "import", file)["unchanged"], 1)
        self.assertEqual(self.run_json("rewards", "show", "--name", "kettle")["inventory"], 7)
        self.audit()


if __name__ == "__main__":
    unittest.main()

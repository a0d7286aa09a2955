"""What every campaign here is started with, counts and says at its end."""

import argparse
import asyncio
import dataclasses
import os
import random
import shutil
import sys
import tempfile
import time
import uuid
from pathlib import Path

import judge
from replica_set import ReplicaSet
from service import Broken


DOSES = ("ci", "night")


@dataclasses.dataclass
class Dose:
    """How often, on an embedded store and on MongoDB: by day and by night."""

    name: str
    embedded: tuple | None
    mongo: tuple
    own: str | None = None  # what the campaign brings itself to run on; then there is no other store


def read_options(description, dose):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dose", choices=DOSES, default=os.environ.get("WATTBACK_DOSE", "ci"))
    parser.add_argument("--seed", type=int, default=os.environ.get("WATTBACK_SEED"))
    if dose.own or dose.mongo is None:
        parser.set_defaults(store=dose.own)
    else:
        parser.add_argument("--store", required=dose.embedded is None,
                            help="mongodb://..., or mongo: a mongod of its own; without it, an embedded store")
    parser.add_argument(f"--{dose.name}", type=int, dest="count")
    options = parser.parse_args()
    if options.dose not in DOSES:  # of the environment, which argparse takes as it is
        parser.error(f"WATTBACK_DOSE is {options.dose}, not one of {', '.join(DOSES)}")
    if options.count is None:
        options.count = (dose.mongo if options.store else dose.embedded)[options.dose == "night"]
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    return options


class Tally:
    """What a campaign counts, under the names it gives."""

    def __init__(self, *names):
        for name in (*names, "acknowledged", "refused", "documents", "histories"):
            setattr(self, name, 0)
        self.began = time.monotonic()

    def count(self, name, times=1):
        setattr(self, name, getattr(self, name) + times)

    def add(self, journal):
        self.acknowledged += journal.acknowledged
        self.refused += journal.refused

    def never_happened(self, *names):
        return [name for name in names if getattr(self, name) == 0]

    def settle(self, settlement):
        """Of what was in doubt, how much was there and how much was not (judge.settlement)."""
        applied, absent, faults = settlement
        refuse(faults, "what was in doubt")
        self.applied += applied
        self.absent += absent

    def too_few(self, name, wanted):
        """As never_happened: what happened less often than the dose says."""
        seen = getattr(self, name)
        return self.never_happened(name) if seen == 0 else [f"{name} {wanted} times"] if seen < wanted else []

    def __str__(self):
        counts = vars(self) | {"seconds": time.monotonic() - self.began}
        del counts["began"]
        return ", ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
                         for name, value in counts.items())


def store_address(server, name):
    """A store for one programme; None is an embedded one in its folder."""
    if not server:
        return None
    host, _, options = server.partition("?")
    scheme, host = host.split("://", 1)
    host, _, database = host.partition("/")
    return f"{scheme}://{host}/{database or 'faults_' + uuid.uuid4().hex[:8]}_{name}?{options}"


def refuse(faults, what):
    if faults:
        raise Broken("\n  ".join([f"{what}:", *judge.first(faults)]))


def run(name, options, tally, campaign):
    """The exit status: 0 when nothing broke, and what was hunted happened. What broke leaves its folder."""
    print(f"{name}: seed {options.seed}, dose {options.dose}, store {options.store or 'embedded'}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="wattback-faults-"))
    own = ReplicaSet() if options.store == "mongo" else None
    if own:
        options.store = own.address
    try:
        missing = asyncio.run(campaign(folder)) or []
    except Broken as broken:
        print(f"{name}: BROKEN after {tally}\n  {broken}\n{name}: journals, logs and store are in {folder}; "
              f"again: --seed {options.seed}", file=sys.stderr)
        return 1
    finally:
        if own:
            own.end()
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{name}: {tally}")
    for each in missing:
        print(f"{name}: never happened: {each}; again: --seed {options.seed}", file=sys.stderr)
    return 1 if missing else 0

"""What a bench measures and how it tells it. What is measured is called with the seconds it has, and answers
figures by name: `per_s`, and of requests `p50_ms` and `p99_ms`."""

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from programme import Failed, output_of, tell

ROUNDS = 3
OPEN_SHARE = 0.7  # of what the server did when the load waited for it
GROWS_S = 2  # at once


def medians(seconds, *measured):
    """Of rounds in which all take turns, after each was warmed up, the product before its limit."""
    rounds = ROUNDS if seconds >= 2 * ROUNDS else 1
    for measure_one in reversed(measured):
        measure_one(1)
    taken = [[measure_one(seconds // rounds) for measure_one in measured] for _ in range(rounds)]
    return [{name: statistics.median(each[name] for each in column) for name in column[0]}
            for column in zip(*taken)]


def figures_of(name, taken, bare=None):
    """What was taken of something, and of its limit."""
    figures = {f"{name}_per_s": round(taken["per_s"])}
    if bare:
        figures |= {f"{name}_limit_per_s": round(bare["per_s"]), f"{name}_ratio": ratio(taken, bare)}
    return figures | {f"{name}_{part}": round(taken[part], 2) for part in ("p50_ms", "p99_ms") if part in taken}


def ratio(taken, other):
    return round(taken["per_s"] / other["per_s"], 3)


def measure(seconds, bare, **measured):
    """Each by its name, beside the limit of all, in the same rounds."""
    limit_taken, *taken = medians(seconds, bare, *measured.values())
    figures = {}
    for name, each in zip(measured, taken):
        tell(f"{name}: {each['per_s']:,.0f} a second of {limit_taken['per_s']:,.0f}")
        figures |= figures_of(name, each, limit_taken)
    return figures


def limit(options, name, kind, store, *more):
    return lambda seconds: {"per_s": float(output_of([options.limits / name, kind, store, seconds, *more]))}


def measure_open(options, load, port, figures, **kinds):
    """Each kind of request by its name, at a share of its rate among the figures, however fast it is answered."""
    added = {}
    for name, kind in kinds.items():
        asked = max(1, int(OPEN_SHARE * figures[f"{name}_per_s"]))
        told = load.run_open(options.open_loop, port, kind, asked, options.seconds)
        tell(f"{name} at {asked:,} a second: {told['dropped']:,} of {told['asked']:,} dropped, "
             f"{told['refused']:,} refused {told['why']}".rstrip())
        if told["refused"] or not told["done"]:
            raise Failed(f"{name} in the open loop: {told['refused']} refused, {told['done']} done")
        added |= {f"open_{name}_asked_per_s": asked, f"open_{name}_per_s": round(told["done"] / told["seconds"])}
        added |= {f"open_{name}_{part}": round(told[part], 2) for part in ("dropped", "refused", "p50_ms", "p99_ms")}
    return added


def save_answer(programme, port, path):
    """The bytes of the product's answer to a member's request for the catalog."""
    session = programme.sessions.read_text(encoding="utf-8").split()[1]
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(f"GET /api/v1/rewards HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                           f"Authorization: Bearer {session}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer) < length:
            answer += connection.recv(1 << 16)
            head = answer.partition(b"\r\n\r\n")[0]
            found = re.search(rb"(?i)^content-length: (\d+)\r?$", head, re.M)
            length = len(head) + 4 + int(found[1]) if found else 1 << 20
    path.write_bytes(answer)


def measure_catalog(load, port, options):
    """Beside Beast sending the same bytes."""
    answer = load.programme.folder / "catalog.http"
    save_answer(load.programme, port, answer)
    beast = subprocess.Popen([options.limits / "beast_limit", answer], stdout=subprocess.PIPE, text=True)
    try:
        beast_port = int(beast.stdout.readline())
        return measure(options.seconds, load.of(beast_port, "catalog"), catalog=load.of(port, "catalog"))
    finally:
        beast.kill()
        beast.communicate()


def measure_large(product, importing, wanted_mib, size_mib, start_ms):
    """The audit of the store that was imported into, and of it when it is large; and the start on that."""
    small = product.audit(importing.store)
    began = time.monotonic()
    imported = importing.run(GROWS_S)["done"]
    while size_mib() < wanted_mib:
        imported += importing.run(GROWS_S)["done"]
    tell(f"{imported:,} readings more, and the store has {size_mib():,.0f} MiB, in {time.monotonic() - began:.0f} s")
    large = product.audit(importing.store)
    return {"audit_documents_per_s": round(large.documents / large.seconds), "audit_documents": large.documents,
            "audit_peak_mib": large.peak_mib, "audit_small_documents": small.documents,
            "audit_small_peak_mib": small.peak_mib, "large_file_mib": round(size_mib(), 1),
            "start_large_ms": statistics.median(start_ms() for _ in range(ROUNDS))}


COLUMNS = (("per_s", "a second", 12, ","), ("limit_per_s", "limit", 12, ","), ("ratio", "ratio", 8, ".2f"),
           ("p50_ms", "p50 ms", 8, ".2f"), ("p99_ms", "p99 ms", 8, ".2f"))


def print_rows(figures, names):
    """A row of each name, blank where it has no such figure."""
    print(f"{'':24}", *(f"{title:>{width}}" for _, title, width, _ in COLUMNS))
    for name in names:
        cells = (f"{figures[f'{name}_{part}']:{width}{form}}" if f"{name}_{part}" in figures else " " * width
                 for part, _, width, form in COLUMNS)
        print(f"{name:24}", *cells)


def print_table(figures):
    print_rows(figures, ("import", "redemptions", "redemptions256", "usage_post", "catalog"))
    print()
    for name in ("redemptions", "usage_post"):
        def told(part):
            return figures[f"open_{name}_{part}"]
        print(f"{name} at {told('asked_per_s'):,} a second, however fast they are answered: {told('per_s'):,}, "
              f"{told('dropped'):,} dropped, {told('refused'):,} refused, p50 {told('p50_ms')} ms, "
              f"p99 {told('p99_ms')} ms")
    print(f"\n{figures['rss_mib']} MiB after start, {figures['rss_load_mib']} MiB at most under load; "
          f"ready {figures['start_ms']} ms after its start")


def print_large(figures):
    print(f"{figures['audit_documents_per_s']:,} of {figures['audit_documents']:,} documents audited a second, with "
          f"{figures['audit_peak_mib']} MiB; {figures['audit_small_peak_mib']} MiB of "
          f"{figures['audit_small_documents']:,}\n"
          f"on {figures['large_file_mib']:,.0f} MiB ready {figures['start_large_ms']} ms after the start")


def parser_of(name, description, *more):
    """`more` are paths besides, which ./bench gives."""
    parser = argparse.ArgumentParser(prog=f"bench {name}", description=description)
    parser.add_argument("--json", action="store_true", help="the figures as one object on the last line")
    for path in ("--program", "--limits", "--folder", *more):
        parser.add_argument(path, type=Path, required=True, help=argparse.SUPPRESS)
    return parser


def parse_measured(parser):
    """The options of a bench that measures for a time."""
    parser.add_argument("--seconds", type=int, default=12, help="how long each figure is measured (12)")
    parser.add_argument("--members", type=int, default=10_000, help="of the programme (10,000)")
    parser.add_argument("--points", type=int, default=100_000_000, help="of each member to begin with (100,000,000)")
    options = parser.parse_args()
    if options.seconds < 1 or options.members < 1:
        parser.error("seconds and members are 1 at least")
    return options


def run(options, measure_all, show):
    """Measures in a folder of its own, and says the figures; what the process exits with."""
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        figures = measure_all(options, folder)
    except Failed as failed:
        tell(f"FAILED: {failed}")
        return 1
    finally:
        shutil.rmtree(folder)
    if options.json:
        print(json.dumps(figures))
    else:
        show(figures)
    return 0

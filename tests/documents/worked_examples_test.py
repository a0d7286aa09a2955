#!/usr/bin/env python3
"""Recomputes the tables of docs/energy-and-points.md, from their headings and numbers alone."""

import sys
from decimal import Decimal
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "energy-and-points.md"


def split(exact):
    """Whole points and the rest, which is never negative."""
    points = exact // 1
    if points > exact:
        points -= 1
    return points, exact - points


def one_day(row):
    award = row["renewable kWh"] * row["rate"] + row["non-renewable kWh"] * row["other rate"]
    if row["cap"] is not None:
        award = min(award, row["cap"])
    points, carry = split(row["carry before"] + award)
    return {"award": award, "points": points, "carry after": carry}


def again(row):
    points, carry = split(row["carry before"] + row["award after"] - row["award before"])
    return {"points": points, "carry after": carry}


def owed(row):
    balance = row["balance before"] - row["owed before"] + row["change"]
    return {"balance after": max(balance, Decimal(0)), "owed after": max(-balance, Decimal(0))}


TABLES = {"renewable kWh": one_day, "award before": again, "change": owed}


def rows_of(lines):
    """Each row of a table that can be recomputed, as (line number, first heading, numbers by heading)."""
    headings = None
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            headings = None
        elif headings is None:
            headings = cells
        elif headings[0] in TABLES and not cells[0].startswith("-" * 3):
            yield number, headings[0], {name: None if cell == "-" else Decimal(cell)
                                        for name, cell in zip(headings, cells, strict=True)}


def main():
    faults, seen = 0, {first: 0 for first in TABLES}
    for number, first, row in rows_of(DOCUMENT.read_text(encoding="utf-8").splitlines()):
        seen[first] += 1
        for name, value in TABLES[first](row).items():
            if value != row[name]:
                faults += 1
                print(f"{DOCUMENT.name}:{number}: {name} is {row[name]}, but comes to {value}")
    print(f"{sum(seen.values())} rows, {faults} numbers that do not follow")
    return 1 if faults or not all(seen.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

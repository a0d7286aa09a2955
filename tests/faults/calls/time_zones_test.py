#!/usr/bin/env python3
"""No descriptor is left while a server first needs a time zone: the reading is answered 503, and taken in later.

The library of time zones lists what zones there are once, when it is first asked for one, and keeps for good what it found
then.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from failing_calls import FailingCalls, run_service_test  # noqa: E402
from population import SECRET, make, sign_in  # noqa: E402
from wire import Connection  # noqa: E402

READING = {"start": "2026-03-12T10:00:00Z", "duration": 3600, "energy_consumed": 2, "energy_type": "Renewable"}


async def record(connection, admin, member):
    answer = await connection.ask("POST", f"users/{member}/usage", admin, READING)
    return None if answer is None else answer.status


async def find_faults(server, trace):
    connection = Connection(server.port)
    admin = await sign_in(connection)
    member = (await make(connection, "users", admin,
                         {"email": "rosa@example.org", "name": "Rosa", "password": SECRET}))["user_id"]
    with FailingCalls(trace, server.process.pid, ["openat:error=EMFILE"]) as failing:
        meanwhile = await record(connection, admin, member)
    later = await record(connection, admin, member)
    connection.close()
    print(f"{failing.count()} calls failed; answered {meanwhile}, and later {later}", flush=True)
    if not any("zoneinfo" in line and "(INJECTED)" in line for line in failing.lines()):
        yield "never happened: a time zone that could not be opened"
    if meanwhile != 503:
        yield f"a reading was answered {meanwhile} while no file could be opened"
    if later != 201:
        yield f"a reading was answered {later} when files could be opened again"


async def use(service):
    server = service.serve()
    faults = [fault async for fault in find_faults(server, service.folder / "trace")]
    server.end()
    service.audit()
    return faults


if __name__ == "__main__":
    sys.exit(run_service_test("Has a server find no time zone for a while", use))

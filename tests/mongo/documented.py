"""What may be asked of MongoDB: every command and option that the program sends, with where it is documented: in 5.0,
the oldest release that is served, and still in 8.2, the newest whose manual was read. The release notes of 8.3 and 9.0
remove none of them.

A page is one of https://www.mongodb.com/docs/v5.0/ and v8.2/; a specification one of github.com/mongodb/specifications,
source/. Of what is older than 2.6, 2.6 is said.
"""

OLDEST = "5.0"

# By command, each on the page reference/command/NAME: since when it is there, and its options by the release that
# brought them. A dot goes into what an option holds.
COMMANDS = {
    "abortTransaction": ("4.0", {"4.0": "txnNumber autocommit writeConcern writeConcern.w"}),
    "aggregate": ("2.6", {"2.6": "pipeline cursor", "3.2": "readConcern readConcern.level"}),
    "collMod": ("2.6", {"3.2": "validator validationLevel validationAction", "3.4": "writeConcern writeConcern.w"}),
    "commitTransaction": ("4.0", {"4.0": "txnNumber autocommit writeConcern writeConcern.w"}),
    "connectionStatus": ("2.6", {"2.6": "showPrivileges"}),
    "create": ("2.6", {"3.2": "validator validationLevel validationAction", "3.4": "writeConcern writeConcern.w"}),
    "createIndexes": ("2.6", {"2.6": "indexes indexes.name indexes.key indexes.unique",
                              "3.2": "indexes.partialFilterExpression", "3.4": "writeConcern writeConcern.w"}),
    "delete": ("2.6", {"2.6": "deletes deletes.q deletes.limit ordered", "4.4": "deletes.hint"}),
    "enableSharding": ("2.6", {}),
    "endSessions": ("3.6", {}),
    "find": ("3.2", {"3.2": "filter sort projection hint batchSize limit singleBatch readConcern readConcern.level"}),
    "findAndModify": ("2.6", {"2.6": "query update upsert new", "3.2": "writeConcern writeConcern.w"}),
    "getMore": ("3.2", {"3.2": "collection batchSize maxTimeMS"}),
    "hello": ("5.0", {}),
    "insert": ("2.6", {"2.6": "documents ordered"}),
    "killCursors": ("3.2", {"3.2": "cursors"}),
    "killSessions": ("3.6", {}),
    "listCollections": ("3.0", {}),
    "listIndexes": ("3.0", {"3.0": "cursor"}),
    "shardCollection": ("2.6", {"2.6": "key"}),
    "update": ("2.6", {"2.6": "updates updates.q updates.u ordered", "4.2": "updates.hint"}),
}  # fmt: skip

# Wherever they stand in a filter, an update, a validator or a pipeline: the page, and since when.
OPERATORS = {
    "$changeStream": ("reference/operator/aggregation/changeStream", "3.6"),  # of a database: 4.0
    "$changeStream.resumeAfter": ("reference/operator/aggregation/changeStream", "3.6"),
    "$exists": ("reference/operator/query/exists", "2.6"),
    "$gt": ("reference/operator/query/gt", "2.6"),
    "$gte": ("reference/operator/query/gte", "2.6"),
    "$in": ("reference/operator/query/in", "2.6"),
    "$jsonSchema": ("reference/operator/query/jsonSchema", "3.6"),
    "$lt": ("reference/operator/query/lt", "2.6"),
    "$lte": ("reference/operator/query/lte", "2.6"),
    "$match": ("reference/operator/aggregation/match", "2.6"),
    "$max": ("reference/operator/update/max", "2.6"),
    "$or": ("reference/operator/query/or", "2.6"),
    "$project": ("reference/operator/aggregation/project", "2.6"),
    "$set": ("reference/operator/update/set", "2.6"),
    "$unset": ("reference/operator/update/unset", "2.6"),
}

# Options of any command: the page or the specification, and since when. All but the concerns' are the driver's own.
ANYWHERE = {
    "$clusterTime": ("sessions/driver-sessions", "3.6"),
    "$db": ("message/OP_MSG", "3.6"),
    "autocommit": ("transactions/transactions", "4.0"),
    "lsid": ("sessions/driver-sessions", "3.6"),
    "maxTimeMS": ("tutorial/terminate-running-operations", "2.6"),  # of a commit: transactions/transactions
    "readConcern": ("reference/read-concern", "3.2"),
    "readConcern.afterClusterTime": ("reference/read-concern", "3.6"),
    "readConcern.atClusterTime": ("reference/read-concern-snapshot", "5.0"),
    "readConcern.level": ("reference/read-concern", "3.2"),
    "recoveryToken": ("transactions/transactions", "4.2"),
    "startTransaction": ("transactions/transactions", "4.0"),
    "txnNumber": ("transactions/transactions", "4.0"),
}

# With which the driver begins a connection and looks after a server: mongodb-handshake/handshake.
GREETING = {"isMaster", "isMaster.client", "isMaster.compression", "isMaster.helloOk", "hello.helloOk"}

HOLD_OPTIONS = {"updates", "deletes", "indexes", "cursor", "readConcern", "writeConcern"}
HOLD_DOCUMENTS = {"documents"}  # whose names are ours


def documents_in(value):
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


def operators_in(value):
    """What begins with $, however deep, and the options of a stage that is one of a change stream."""
    for document in documents_in(value):
        for name, held in document.items():
            if name.startswith("$"):
                yield name
            if name == "$changeStream":
                yield from (f"{name}.{option}" for option in held)
            else:
                yield from operators_in(held)


def documented(name):
    """The releases by the names of a command's options, and its own."""
    since, options = COMMANDS.get(name, (None, {}))
    known = {option: release for release, listed in options.items() for option in listed.split()}
    return known | ({"": since} if since else {})


def undocumented(command):
    """The names of what is not listed above, of a command as it was sent: `find`, `find.let`, `find: $where`."""
    name, *options = command
    known = documented(name)
    if not known and name not in GREETING:
        yield name
        return
    for option in options:
        held = [option]
        if option in HOLD_OPTIONS:
            held += [f"{option}.{inner}" for document in documents_in(command[option]) for inner in document]
        yield from (f"{name}.{each}" for each in held
                    if each not in known and each not in ANYWHERE and f"{name}.{each}" not in GREETING)
        if option not in HOLD_DOCUMENTS:
            yield from (f"{name}: {each}" for each in operators_in(command[option]) if each not in OPERATORS)


def too_new():
    """What is listed, and is not there in the oldest release."""
    listed = {f"{name}.{option}": since for name in COMMANDS for option, since in documented(name).items()}
    listed |= {name: since for name, (_, since) in (OPERATORS | ANYWHERE).items()}
    return {name: since for name, since in listed.items() if float(since) > float(OLDEST)}

"""What MongoDB lets a program do with a collection sharded by {field: "hashed"}, and what of it we want: that every
command names the member, so that it goes to one shard.

From the manual of 5.0 to 8.0: "Shard Keys", "Shard Key Indexes", "Operational Restrictions in Sharded Clusters",
"Transactions and Operations", "Production Considerations (Sharded Clusters)"; and, for how a key of a document in
`_id` is found in a filter, ShardKeyPattern::extractShardKeyFromQuery of mongodb/mongo.
"""

from store_by_hand import SCHEMA, key_fields

# By collection: the path of what it is sharded by.
SHARD_PATHS = {name: ("_id." if of["shard_by"] in key_fields(name) else "") + of["shard_by"]
               for name, of in SCHEMA.items() if "shard_by" in of}  # fmt: skip

IN_TRANSACTIONS = {"find", "getMore", "insert", "update", "delete", "commitTransaction", "abortTransaction"}
OUTSIDE = {"create", "collMod", "createIndexes", "listIndexes"}
READ_CONCERNS = {"majority", "snapshot"}


def at_path(document, path):
    for step in path.split("."):
        if not isinstance(document, dict) or step not in document:
            return None
        document = document[step]
    return document


def is_value(asked):
    return asked is not None and not isinstance(asked, (dict, list))


def is_whole(asked):
    """A value, or a document that is one."""
    return is_value(asked) or (isinstance(asked, dict) and not any(name.startswith("$") for name in asked))


def is_within(path, whole):
    return path == whole or path.startswith(whole + ".")


def names_one(query, path):
    """By an equality a router finds: of the path, or of the whole document that holds it."""
    return is_value(query.get(path, at_path(query, path)))


def names_some(query, path):
    """By equalities, or by a list of values."""
    listed = query.get(path)
    if isinstance(listed, dict) and set(listed) == {"$in"}:
        return bool(listed["$in"]) and all(map(is_value, listed["$in"]))
    return names_one(query, path) or (bool(query.get("$or")) and all(names_some(part, path) for part in query["$or"]))


def faults_of_statement(statement, path):
    query = statement["q"]
    if not names_one(query, path):
        yield "it does not name the member"
    if not is_whole(query.get("_id")):
        yield "it does not name the document"
    if statement.get("multi") or statement.get("upsert"):
        yield "it changes several, or makes one"
    if "limit" in statement and statement["limit"] != 1:
        yield "it removes several"
    if "u" in statement:
        update = statement["u"]
        if not isinstance(update, dict) or not update or not set(update) <= {"$set", "$unset"}:
            yield "it does more than set and take away fields"
            return
        changed = [name for fields in update.values() for name in fields]
        if any(is_within(name, path) or is_within(path, name) for name in changed):
            yield "it changes the member"
        if any(is_within(name, "_id") for name in changed):
            yield "it changes the key"


def faults_of_index(index, path):
    first = next(iter(index["key"]))
    if index.get("unique") and first not in (path, "_id"):
        yield f"a unique index that begins with {first}"


def faults_alone(name, command, path):
    """What is wrong with a command on a sharded collection, whoever's documents it is about."""
    if name == "insert":
        if not all(is_value(at_path(document, path)) for document in command["documents"]):
            yield "a document of no member"
    elif name in ("update", "delete"):
        for statement in command[name + "s"]:
            yield from faults_of_statement(statement, path)
    elif name == "createIndexes":
        for index in command["indexes"]:
            yield from faults_of_index(index, path)
    elif name not in {"find", "getMore"} | OUTSIDE:
        yield f"a {name}"


def faults_in_transaction(name, command):
    """Of any command, whatever its collection."""
    if "autocommit" not in command:
        level = command.get("readConcern", {}).get("level")
        if name in ("find", "aggregate") and level not in READ_CONCERNS:
            yield f"it reads with {level}"
        return
    if name not in IN_TRANSACTIONS:
        yield f"a {name} in a transaction"
    level = command.get("readConcern", {}).get("level")
    if level != ("snapshot" if command.get("startTransaction") else None):
        yield f"in a transaction it reads with {level}"
    ends = name in ("commitTransaction", "abortTransaction")
    if command.get("writeConcern", {}).get("w") != ("majority" if ends else None):
        yield "in a transaction it writes with a concern of its own, or ends it without one"


def collection_of(name, command):
    """Its name; what is none where the command is about no collection."""
    return str(command["collection"] if name == "getMore" else command[name])


def is_programme_wide(name, command):
    """A find on a sharded collection that names no member."""
    collection = collection_of(name, command)
    return name == "find" and collection in SHARD_PATHS and not names_some(command["filter"], SHARD_PATHS[collection])


def faults_of(command):
    """Why it is not legal on a sharded cluster, or not what we want there; that a find is programme-wide aside."""
    name = next(iter(command))
    faults = list(faults_in_transaction(name, command))
    collection = collection_of(name, command)
    if collection in SHARD_PATHS:
        faults += faults_alone(name, command, SHARD_PATHS[collection])
    return faults

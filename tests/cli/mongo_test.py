"""The program on servers of MongoDB as its users have them: guarded, with certificates; or not fit to serve."""

import sys
import unittest
from pathlib import Path

from server import ServerTest
from wattback import FAILED, INVALID, NOT_FOUND, UNAVAILABLE, StoreTest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "mongo"))
import mongod  # noqa: E402
from guarded import IN_ADDRESS, PASSWORD, Server, WithAGuardedServer  # noqa: E402


class MongoTest(StoreTest):
    def setUp(self):
        super().setUp()
        self.more = {}

    def environment(self):
        return super().environment() | self.more

    def refuse_quietly(self, exit_code, *arguments, says):
        """In one line, without the password."""
        finished = self.refuse(exit_code, *arguments, says=says)
        said = finished.stdout + finished.stderr
        self.assertNotIn(PASSWORD, said)
        self.assertNotIn(IN_ADDRESS, said)
        self.assertEqual(len(finished.stderr.strip().splitlines()), 1, finished.stderr)


CREATE = ("programme", "create", "--name", "Sunny Street", "--time-zone", "Europe/Lisbon")


class OnAGuardedServer(WithAGuardedServer, MongoTest):
    def setUp(self):
        super().setUp()
        self.use_file(self.guarded.address())

    def use_file(self, address):
        self.more = {"WATTBACK_STORE_FILE": str(self.write("address", address + "\n"))}

    def test_a_programme_lives_there(self):
        self.refuse_quietly(NOT_FOUND, "users", "list", says="there is no store")
        self.run_json(*CREATE)
        self.add_member()
        self.more = {"WATTBACK_STORE": self.guarded.address()}
        self.assertEqual([user["email"] for user in self.run_json("users", "list")["data"]], ["rosa@example.org"])
        self.audit()
        self.assertFalse(self.data.exists())

    def test_the_password_is_never_shown(self):
        for more in (self.more, {"WATTBACK_STORE": self.guarded.address()}):
            self.more = more
            shown = self.run_any("config", "show")
            self.assertNotIn(IN_ADDRESS, shown.stdout + shown.stderr)
            self.assertIn(f"mongodb://***@127.0.0.1:{self.guarded.port}/programme", shown.stdout)

    def test_a_password_on_the_command_line_is_refused(self):
        """All who list processes would read it for as long as the server runs."""
        self.more = {}
        address = self.guarded.address()
        for words in (("users", "list", "--store", address), ("--store", address, "serve", "--port", "0"),
                      ("serve", "--port", "0", f"--store={address}")):
            self.refuse_quietly(INVALID, *words, says="WATTBACK_STORE_FILE")

    def test_two_places_that_give_the_store_are_refused(self):
        self.more["WATTBACK_STORE"] = self.guarded.address()
        self.refuse_quietly(INVALID, "users", "list", says="both give the store")

    def test_a_wrong_password(self):
        self.use_file(self.guarded.address(password="wrong" + IN_ADDRESS))
        self.refuse_quietly(FAILED, "users", "list", says="the user or its password is refused")

    def test_no_password(self):
        self.use_file(self.guarded.address(password=""))
        self.refuse_quietly(INVALID, "users", "list", says="the password is empty")

    def test_a_database_the_user_may_not_use(self):
        self.use_file(self.guarded.address(database="other"))
        self.refuse_quietly(FAILED, *CREATE, says="grant the role readWrite on the database")

    def create_programme(self):
        """Whichever test is first."""
        self.run_any(*CREATE)
        self.run_json("users", "list")

    def test_who_may_only_read_looks_and_does_not_serve(self):
        self.create_programme()
        self.use_file(self.guarded.address(user="eve"))
        self.run_json("users", "list")
        self.refuse_quietly(UNAVAILABLE, "users", "create", "--email", "x@example.org", "--name", "X",
                            says="the user lacks a privilege; grant the role readWrite on the database")
        self.refuse_quietly(FAILED, "serve", "--port", "0", says="(insert); grant the role readWrite on the database")

    def test_who_may_write_some_collections_does_not_serve(self):
        self.create_programme()
        self.use_file(self.guarded.address(user="ivo"))
        finished = self.refuse(FAILED, "serve", "--port", "0", says="the user may not write to ")
        self.assertNotIn("may not write to users", finished.stderr)

    def test_who_may_not_put_a_validator_back_is_told_what_it_takes(self):
        self.create_programme()
        self.guarded.run({"collMod": "users", "validator": {}, "$db": "programme"})
        needs = "the user may not change it (collMod); grant the role dbAdmin on the database"
        self.refuse_quietly(FAILED, "users", "list", says=needs)
        self.refuse_quietly(FAILED, "migrate", "up", says=needs)
        grant = {"roles": [{"role": "dbAdmin", "db": "programme"}]}
        self.guarded.run({"grantRolesToUser": "ada"} | grant)
        self.run_json("migrate", "up")
        self.guarded.run({"revokeRolesFromUser": "ada"} | grant)
        self.run_json("users", "list")

    def test_who_may_not_migrate_leaves_the_store_to_older_programs(self):
        self.create_programme()
        for command in ({"collMod": "redemptions", "validator": {}}, {"drop": "schema_history"},
                        {"update": "store_schema", "updates": [{"q": {}, "u": {"$set": {"version": 2}}}]}):  # fmt: skip
            self.guarded.run(command | {"$db": "programme"})
        for _ in range(2):
            self.refuse_quietly(FAILED, "migrate", "up", says="the user may not change the validator of redemptions "
                                "(collMod); grant the role dbAdmin on the database and run wattback migrate up")
            self.refuse_quietly(FAILED, "users", "list", says="has schema version 2")
            self.assertNotIn("running", {each["status"] for each in self.run_json("migrate", "status")["data"]})
        grant = {"roles": [{"role": "dbAdmin", "db": "programme"}]}
        self.guarded.run({"grantRolesToUser": "ada"} | grant)
        self.run_json("migrate", "up")
        self.guarded.run({"revokeRolesFromUser": "ada"} | grant)
        self.run_json("users", "list")

    def test_another_set_than_the_address_says(self):
        self.use_file(self.guarded.address(set_name="other"))
        self.refuse_quietly(FAILED, *CREATE, says="its replica set is 'tests', the address says 'other'")
        self.use_file(self.guarded.address(set_name="other", password="wrong"))
        self.refuse_quietly(FAILED, *CREATE, says="its replica set is 'tests', the address says 'other'")

    def test_no_certificate(self):
        self.use_file(self.guarded.address(certificate=None))
        self.refuse_quietly(UNAVAILABLE, "users", "list", says="can't be reached")

    def test_a_server_that_the_authority_did_not_sign(self):
        self.use_file(self.guarded.address(ca="client.crt"))
        self.refuse_quietly(UNAVAILABLE, "users", "list", says="can't be reached")

    def test_a_certificate_of_another_name(self):
        self.use_file(self.guarded.address(host="localhost"))
        self.refuse_quietly(UNAVAILABLE, "users", "list", says="certificate verify failed")

    def test_signing_in_by_certificate(self):
        address = f"mongodb://127.0.0.1:{self.guarded.port}/programme?replicaSet=tests&tls=true&authMechanism=MONGODB-X509"
        self.use_file(f"{address}&{self.guarded.options()}")
        self.create_programme()
        self.run_json("users", "list")
        self.use_file(f"{address}&{self.guarded.options(certificate='server.pem')}")
        self.refuse_quietly(FAILED, "users", "list", says="the user or its password is refused")

    def test_files_that_are_not_there(self):
        for more in ({"ca": "no.pem"}, {"certificate": "no.pem"}):
            self.use_file(self.guarded.address(**more))
            self.refuse_quietly(INVALID, "users", "list", says="no.pem, which can't be read")
        self.more = {"WATTBACK_STORE_FILE": str(self.folder / "nowhere")}
        self.refuse_quietly(INVALID, "users", "list", says="nowhere")


class WhileItServes(WithAGuardedServer, ServerTest):
    def environment(self):
        return super().environment() | {"WATTBACK_STORE": self.guarded.address()}

    def test_a_privilege_that_is_taken_away_and_given_back(self):
        self.serve()
        session = self.sign_in()
        rosa = {"email": "rosa@example.org", "name": "Rosa"}
        role = {"roles": [{"role": "readWrite", "db": "programme"}]}
        self.guarded.run({"revokeRolesFromUser": "ada"} | role)
        self.assertEqual(self.ask("GET", "/api/v1/users", bearer=session).status, 503)
        self.assertEqual(self.ask("POST", "/api/v1/users", rosa, session).status, 503)
        self.assertEqual(self.ask("GET", "/readyz").status, 503)
        self.guarded.run({"grantRolesToUser": "ada"} | role)
        self.assertEqual(self.ask("POST", "/api/v1/users", rosa, session).status, 201)
        self.assertEqual(self.ask("GET", "/readyz").status, 200)
        log = self.end()[2]
        self.assertIn("the user lacks a privilege; grant the role readWrite on the database", log)
        for secret in (PASSWORD, IN_ADDRESS):
            self.assertNotIn(secret, log)


class OnServersThatAreNotFit(MongoTest):
    def start(self, *options):
        server = Server(*options)
        self.addCleanup(server.end)
        # As its address says, and as that of a set would.
        address = f"mongodb://127.0.0.1:{server.port}/"
        return address, address + "?replicaSet=tests&serverSelectionTimeoutMS=1000"

    def test_a_standalone_server(self):
        for address in self.start():
            self.more = {"WATTBACK_STORE": address}
            self.refuse_quietly(FAILED, *CREATE, says="start mongod with --replSet NAME and run rs.initiate()")

    def test_a_replica_set_that_is_not_initiated(self):
        for address in self.start("--replSet", "tests"):
            self.more = {"WATTBACK_STORE": address}
            self.refuse_quietly(FAILED, *CREATE, says="run rs.initiate() once")

    # What is wrong with an address is wrong with a setting, whatever is there: as any such, exit 2.

    def test_an_option_that_nobody_knows(self):
        self.more = {"WATTBACK_STORE": f"mongodb://ada:{IN_ADDRESS}@127.0.0.1:1/programme?ttls=true"}
        self.refuse_quietly(INVALID, *CREATE, says="its address has an option 'ttls'")

    def test_a_database_of_mongodb_itself(self):
        self.more = {"WATTBACK_STORE": "mongodb://127.0.0.1:1/admin"}
        for command in (CREATE, ("serve", "--port", "0"), ("migrate", "status")):
            self.refuse_quietly(INVALID, *command, says="the database 'admin' is MongoDB's own")

    def test_a_part_of_a_password_that_looks_like_a_host(self):
        for scheme, host in (("mongodb", "127.0.0.1:1"), ("mongodb+srv", "cluster.example.invalid")):
            self.more = {"WATTBACK_STORE": f"{scheme}://u:p@secretpart@{host}/x"}
            for command in (("users", "list"), ("serve", "--port", "0")):
                finished = self.refuse(INVALID, *command, says="no connection string of MongoDB")
                self.assertNotIn("secretpart", finished.stdout + finished.stderr)
            shown = self.run_any("config", "show")
            self.assertIn(f"{scheme}://***@{host}/x", shown.stdout)
            self.assertNotIn("secretpart", shown.stdout + shown.stderr)

    def test_what_the_driver_would_pass_over_or_not_explain(self):
        for address, says in (("mongodb:///x", "no connection string"), ("mongodb://127.0.0.1:21000:5/x", "no connection string"),
                              ("mongodb+srv://nohost.invalid/x", "three parts or more")):
            self.more = {"WATTBACK_STORE": address}
            self.refuse_quietly(INVALID, "users", "list", says=says)

    def test_nobody_there(self):
        self.more = {"WATTBACK_STORE": f"mongodb://127.0.0.1:{mongod.free_port()}/?serverSelectionTimeoutMS=500"}
        self.refuse_quietly(UNAVAILABLE, *CREATE, says="can't be reached")

    def test_a_name_that_is_not_found(self):
        self.more = {"WATTBACK_STORE": f"mongodb+srv://ada:{IN_ADDRESS}@cluster.example.invalid/programme"}
        self.refuse_quietly(UNAVAILABLE, *CREATE, says="mongodb+srv://cluster.example.invalid/programme")

    def test_no_connection_string(self):
        self.more = {"WATTBACK_STORE": f"mongodb://ada:{PASSWORD}@host/"}
        self.refuse_quietly(INVALID, *CREATE, says="no connection string of MongoDB")


if __name__ == "__main__":
    unittest.main()

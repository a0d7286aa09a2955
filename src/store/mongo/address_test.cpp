#include "store/mongo/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/mongo/mongo_store.h"

namespace wattback::store::mongo {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string refusal_of(const std::string& connection_string) {
  try {
    const Address address(connection_string);
  } catch (const AddressRefused& error) {
    return error.what();
  }
  return "was taken";
}

TEST(Address, NamesItsHostsAndDatabaseAndNothingSecret) {
  const Address address("mongodb://ada:pa%2Fss@one:27018,two/rewards?replicaSet=rs0&tls=true");
  EXPECT_EQ(address.text(), "mongodb://one:27018,two:27017/rewards");
  EXPECT_EQ(address.database(), "rewards");
}

TEST(Address, HasADatabaseWhereNoneIsNamed) {
  EXPECT_EQ(Address("mongodb://localhost").database(), "wattback");
  EXPECT_EQ(Address("mongodb://localhost/?replicaSet=rs0").text(),
            "mongodb://localhost:27017/wattback");
}

TEST(Address, AsksForWhatAMajorityHas) {
  const Address address("mongodb://localhost/?w=1&readConcernLevel=local&readPreference=secondary");
  EXPECT_STREQ(mongoc_read_concern_get_level(mongoc_uri_get_read_concern(address.uri())),
               "majority");
  EXPECT_TRUE(mongoc_write_concern_get_wmajority(mongoc_uri_get_write_concern(address.uri())));
  EXPECT_EQ(mongoc_read_prefs_get_mode(mongoc_uri_get_read_prefs_t(address.uri())),
            MONGOC_READ_PRIMARY);
}

TEST(Address, KeepsTheTimesThatAreGiven) {
  const Address given("mongodb://localhost/?serverSelectionTimeoutMS=123");
  const auto time_of = [](const Address& address, const char* option) {
    return mongoc_uri_get_option_as_int32(address.uri(), option, 0);
  };
  EXPECT_EQ(time_of(given, MONGOC_URI_SERVERSELECTIONTIMEOUTMS), 123);
  EXPECT_EQ(time_of(Address("mongodb://localhost"), MONGOC_URI_SERVERSELECTIONTIMEOUTMS), 5'000);
}

TEST(Address, RefusesWhatIsNoConnectionStringWithoutQuotingIt) {
  for (const auto* text : {"mongodb://", "mongodb://ada:secret/word@host/", "http://secret@host",
                           "mongodb://ada:secret@host:port/", "mongodb+srv://ada:secret@host:1/"}) {
    EXPECT_THAT(refusal_of(text), HasSubstr("no connection string")) << text;
    EXPECT_THAT(refusal_of(text), Not(HasSubstr("secret")));
  }
}

TEST(Address, RefusesAPasswordThatMayEndLaterThanItSeems) {
  for (const auto* text :
       {"mongodb://u:p@secretpart@127.0.0.1:1/x", "mongodb+srv://u:p@secretpart@one.two.three/x",
        "mongodb://u:p@secretpart@h1,h2/x?replicaSet=rs0", "mongodb://u:1/secret@host/x",
        "mongodb://u:p@secret/part@host/x", "mongodb://u:1?secret@host/x/y@z",
        "mongodb://u:p@secret/x?part@host/y", "mongodb://secret/x?tls=true@host"}) {
    const auto refusal = refusal_of(text);
    EXPECT_THAT(refusal, HasSubstr("no connection string")) << text;
    EXPECT_THAT(refusal, HasSubstr("are written as %XX"));
    EXPECT_THAT(refusal, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(refusal_of("mongodb://u:p%40ss@host/x?appName=a%40b"), "was taken");
}

TEST(Address, RefusesWhatFollowsAPort) {
  for (const auto* text :
       {"mongodb://127.0.0.1:21000:5/x", "mongodb://one:1,two:2:3/x", "mongodb://[::1]:1:2/x"}) {
    EXPECT_THAT(refusal_of(text), HasSubstr("no connection string")) << text;
  }
  EXPECT_EQ(refusal_of("mongodb://[::1]:27018,two:1/x"), "was taken");
}

TEST(Address, SaysHowManyPartsTheNameOfAnSrvRecordHas) {
  for (const auto* text : {"mongodb+srv://nohost.invalid/x", "mongodb+srv://u:p@host/x?tls=true"}) {
    EXPECT_THAT(refusal_of(text), HasSubstr("three parts or more")) << text;
  }
}

TEST(Address, RefusesAnEmptyPassword) {
  EXPECT_THAT(refusal_of("mongodb://ada:@host/"), HasSubstr("the password is empty"));
}

TEST(Address, RefusesOptionsThatNobodyKnows) {
  EXPECT_THAT(refusal_of("mongodb://host/programme?tls=false&replicaSett=rs0"),
              HasSubstr("mongodb://host:27017/programme: its address has an option 'replicaSett'"));
  EXPECT_THAT(refusal_of("mongodb://host/?ttls=true"), HasSubstr("'ttls'"));
  EXPECT_THAT(refusal_of("mongodb://host/?maxConnecting=2&tls=true"), HasSubstr("'maxConnecting'"));
  const auto odd = refusal_of("mongodb://ada:secret@host/?sec%72et=1");
  EXPECT_THAT(odd, HasSubstr("an option that is no word"));
  EXPECT_THAT(odd, Not(HasSubstr("sec")));
}

TEST(Address, TakesTheOptionsOfTheDriver) {
  for (const auto* options :
       {"", "?", "?ssl=false&retryWrites=true&w=majority&appName=Cluster0",
        "?authSource=admin&authMechanism=SCRAM-SHA-256&REPLICASET=rs0&directConnection=false",
        "?readPreference=secondary&readPreferenceTags=dc:ny&compressors=zlib",
        "?readPreference=secondary&maxStalenessSeconds=100",
        "?socketTimeoutMS=1&connectTimeoutMS=2&readConcernLevel=local&wTimeoutMS=3&journal=true"}) {
    EXPECT_NO_THROW(Address("mongodb://ada:p%3Fa=1@one,two/programme" + std::string(options)))
        << options;
  }
}

TEST(Address, RefusesDatabasesOfMongodbItself) {
  for (const auto* name : {"admin", "config", "local"}) {
    EXPECT_THAT(refusal_of("mongodb://host/" + std::string(name)),
                HasSubstr("is MongoDB's own; name another after the /"));
  }
}

TEST(Address, RefusesFilesThatAreNotThere) {
  EXPECT_THAT(refusal_of("mongodb://host/?tls=true&tlsCAFile=/no/such/ca.pem"),
              HasSubstr("tlscafile names /no/such/ca.pem, which can't be read"));
  EXPECT_THAT(refusal_of("mongodb://host/?tls=true&tlsCertificateKeyFile=/no/such/key.pem"),
              HasSubstr("tlscertificatekeyfile names /no/such/key.pem, which can't be read"));
}

}  // namespace
}  // namespace wattback::store::mongo

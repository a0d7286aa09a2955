#include "store/mongo/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/store.h"

namespace wattback::store::mongo {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string refusal_of(const std::string& connection_string) {
  try {
    const Address address(connection_string);
  } catch (const StoreUnusable& error) {
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

TEST(Address, RefusesAnEmptyPassword) {
  EXPECT_THAT(refusal_of("mongodb://ada:@host/"), HasSubstr("the password is empty"));
}

TEST(Address, RefusesFilesThatAreNotThere) {
  EXPECT_THAT(refusal_of("mongodb://host/?tls=true&tlsCAFile=/no/such/ca.pem"),
              HasSubstr("tlscafile names /no/such/ca.pem, which can't be read"));
  EXPECT_THAT(refusal_of("mongodb://host/?tls=true&tlsCertificateKeyFile=/no/such/key.pem"),
              HasSubstr("tlscertificatekeyfile names /no/such/key.pem, which can't be read"));
}

}  // namespace
}  // namespace wattback::store::mongo

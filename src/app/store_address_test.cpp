#include "app/store_address.h"

#include <gtest/gtest.h>

namespace wattback::app {
namespace {

TEST(StoreAddress, IsAFileOrAConnectionString) {
  const auto file = parse_store_address("file:/var/lib/wattback.db");
  ASSERT_TRUE(file);
  EXPECT_EQ(std::get<EmbeddedStore>(*file).path, "/var/lib/wattback.db");
  for (const auto* text :
       {"mongodb://localhost/?replicaSet=rs0", "mongodb+srv://cluster.example"}) {
    const auto address = parse_store_address(text);
    ASSERT_TRUE(address);
    EXPECT_EQ(std::get<MongoStore>(*address).address, text);
  }
  for (const auto* text :
       {"", "file:", "/var/lib/wattback.db", "postgres://localhost", "mongodb:x"}) {
    EXPECT_FALSE(parse_store_address(text)) << text;
  }
}

TEST(StoreAddress, KnowsWhatIsSecretInIt) {
  EXPECT_TRUE(holds_secret("mongodb://ada:pass@host/db"));
  EXPECT_TRUE(holds_secret("mongodb://ada:pa/s@s@host/db"));  // badly written, secret all the same
  EXPECT_TRUE(holds_secret("mongodb+srv://ada:@host/db"));
  EXPECT_TRUE(holds_secret("mongodb://host/?TLSCertificateKeyFilePassword=pass"));
  EXPECT_TRUE(holds_secret("mongodb://host/?authMechanismProperties=AWS_SESSION_TOKEN:token"));
  EXPECT_FALSE(holds_secret("mongodb://host:27017,two:1/db?replicaSet=rs0"));
  EXPECT_FALSE(holds_secret("mongodb://CN=ada@host/?authMechanism=MONGODB-X509"));
  EXPECT_FALSE(holds_secret("file:/a:b@c"));
}

TEST(StoreAddress, IsShownWithoutIt) {
  EXPECT_EQ(without_secrets("mongodb://ada:pa/s@s@host/db?tls=true"),
            "mongodb://***@host/db?tls=true");
  EXPECT_EQ(without_secrets("mongodb://host/?tlsCertificateKeyFilePassword=pass&tls=true"),
            "mongodb://host/?tlsCertificateKeyFilePassword=***&tls=true");
  EXPECT_EQ(without_secrets("mongodb://host/?authMechanismProperties=a:b&"
                            "tlsCertificateKeyFilePassword=pass"),
            "mongodb://host/?authMechanismProperties=***&tlsCertificateKeyFilePassword=***");
  EXPECT_EQ(without_secrets("mongodb://host/db"), "mongodb://host/db");
  EXPECT_EQ(without_secrets("file:/a:b@c"), "file:/a:b@c");
}

TEST(StoreAddress, IsShownWithoutASecretGivenTwice) {
  EXPECT_EQ(without_secrets("mongodb://host/?tlsCertificateKeyFilePassword=one&tls=true&"
                            "TLSCERTIFICATEKEYFILEPASSWORD=two&tlsCertificateKeyFilePassword="),
            "mongodb://host/?tlsCertificateKeyFilePassword=***&tls=true&"
            "TLSCERTIFICATEKEYFILEPASSWORD=***&tlsCertificateKeyFilePassword=***");
  EXPECT_EQ(without_secrets("mongodb://host/?authMechanismProperties=***&"
                            "authMechanismProperties=AWS_SESSION_TOKEN:token"),
            "mongodb://host/?authMechanismProperties=***&authMechanismProperties=***");
  EXPECT_TRUE(
      holds_secret("mongodb://host/?tlsCertificateKeyFilePassword=***&"
                   "tlsCertificateKeyFilePassword=pass"));
}

TEST(StoreAddress, IsShownWithoutASecretWhoseOptionIsMisspelt) {
  EXPECT_EQ(without_secrets("mongodb://host/?tlsCertificateFilePassword=pa?ss&tls=true"),
            "mongodb://host/?tlsCertificateFilePassword=***&tls=true");
  EXPECT_EQ(without_secrets("mongodb://host/&tlsCertificateKeyFile%50assword=pass"),
            "mongodb://host/&tlsCertificateKeyFile%50assword=***");
}

}  // namespace
}  // namespace wattback::app

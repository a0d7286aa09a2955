#include "access/tries.h"

#include <gtest/gtest.h>

#include <string>

namespace wattback::access {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class TriesTest : public testing::Test {
 protected:
  // Whether none of a number of tries is refused.
  bool try_often(const Digest& email, int count) {
    bool all = true;
    for (int i = 0; i < count; ++i) {
      all = tries.begin(email, now).has_value() && all;
    }
    return all;
  }

  const Digest rosa = sha256("rosa");
  const Digest other = sha256("other");
  Instant now = Instant(make_day(2026, 5, 4).time_since_epoch());
  Tries tries;
};

TEST_F(TriesTest, RefuseOneMoreThanTheMostAndSayWhenToGoOn) {
  EXPECT_TRUE(try_often(rosa, 1));
  now += minutes(5) + Milliseconds(1);
  EXPECT_TRUE(try_often(rosa, Tries::tries_max - 1));
  const auto refused = tries.begin(rosa, now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::too_many_tries);
  EXPECT_EQ(refused.error().retry_after, minutes(10));
  EXPECT_TRUE(try_often(other, 1));
  now += refused.error().retry_after - seconds(1);
  EXPECT_FALSE(tries.begin(rosa, now));
  now += seconds(1);
  EXPECT_TRUE(try_often(rosa, Tries::tries_max));
  EXPECT_FALSE(tries.begin(rosa, now));
}

TEST_F(TriesTest, AreForgottenByARightPassword) {
  EXPECT_TRUE(try_often(rosa, Tries::tries_max));
  EXPECT_TRUE(try_often(other, Tries::tries_max));
  tries.succeed(rosa);
  EXPECT_TRUE(try_often(rosa, Tries::tries_max));
  EXPECT_FALSE(try_often(other, 1));
  tries.succeed(sha256("never tried"));
}

TEST_F(TriesTest, ThatCameToNothingDoNotCount) {
  EXPECT_TRUE(try_often(rosa, Tries::tries_max));
  tries.take_back(rosa);
  EXPECT_TRUE(try_often(rosa, 1));
  EXPECT_FALSE(try_often(rosa, 1));
  EXPECT_TRUE(try_often(other, 1));
  tries.take_back(other);
  tries.take_back(other);
  EXPECT_EQ(tries.size(), 1U);
  EXPECT_TRUE(try_often(other, Tries::tries_max));
}

TEST_F(TriesTest, AreForgottenInTime) {
  EXPECT_TRUE(try_often(rosa, 1));
  now += Tries::window;
  EXPECT_TRUE(try_often(other, 1));
  EXPECT_EQ(tries.size(), 1U);
}

TEST_F(TriesTest, AreOfABoundedNumberOfEmails) {
  EXPECT_TRUE(try_often(rosa, Tries::tries_max));
  for (std::size_t i = 1; i < Tries::emails_max; ++i) {
    EXPECT_TRUE(tries.begin(sha256(std::to_string(i)), now));
  }
  EXPECT_FALSE(try_often(rosa, 1));
  EXPECT_TRUE(tries.begin(other, now));
  EXPECT_EQ(tries.size(), Tries::emails_max);
  EXPECT_TRUE(try_often(rosa, 1)) << "forgotten for the newest";
}

}  // namespace
}  // namespace wattback::access

#include "http/router.h"

#include <gtest/gtest.h>

#include <array>

namespace wattback::http {
namespace {

const std::array routes{
    Route{Method::get, "/users", Body::whole},                         // 0
    Route{Method::post, "/users", Body::whole},                        // 1
    Route{Method::get, "/users/{user_id}", Body::whole},               // 2
    Route{Method::remove, "/users/{user_id}", Body::whole},            // 3
    Route{Method::get, "/users/me", Body::whole},                      // 4
    Route{Method::get, "/users/{owner}/meters/{meter}", Body::whole},  // 5
    Route{Method::post, "/usage:bulk", Body::streamed},                // 6
    Route{Method::get, "/", Body::whole},                              // 7
    Route{Method::get, "/meters/{meter}/days/{day}", Body::whole},     // 8
    Route{Method::get, "/meters/roof/{kind}", Body::whole},            // 9
    Route{Method::head, "/checks", Body::whole},                       // 10
    Route{Method::get, "/checks", Body::whole},                        // 11
};

Router::Outcome match(std::optional<Method> method, std::string_view path) {
  static const Router router(routes);
  return router.match(method, path);
}

Router::Match found(Method method, std::string_view path) {
  auto outcome = match(method, path);
  return std::get<Router::Match>(std::move(outcome));
}

bool is_not_found(std::string_view path) {
  return std::holds_alternative<Router::NotFound>(match(Method::get, path));
}

std::string allowed(std::optional<Method> method, std::string_view path) {
  return std::get<Router::MethodNotAllowed>(match(method, path)).allow;
}

TEST(Router, FindsARouteByMethodAndPath) {
  EXPECT_EQ(found(Method::get, "/users").route, 0U);
  EXPECT_EQ(found(Method::post, "/users").route, 1U);
  EXPECT_EQ(found(Method::post, "/usage:bulk").route, 6U);
  EXPECT_EQ(found(Method::get, "/").route, 7U);
}

TEST(Router, NamesTheParameters) {
  const auto match = found(Method::get, "/users/7/meters/roof%2Fnorth");
  EXPECT_EQ(match.route, 5U);
  EXPECT_EQ(*match.parameters.find("owner"), "7");
  EXPECT_EQ(*match.parameters.find("meter"), "roof/north");
}

TEST(Router, PrefersALiteral) {
  EXPECT_EQ(found(Method::get, "/users/me").route, 4U);
  EXPECT_EQ(found(Method::get, "/users/%6De").route, 4U);
  EXPECT_EQ(found(Method::get, "/users/you").route, 2U);
}

TEST(Router, GoesBackWhereALiteralLeadsNowhere) {
  EXPECT_EQ(found(Method::get, "/users/me/meters/roof").route, 5U);
  EXPECT_EQ(found(Method::get, "/meters/roof/days/1").route, 8U);
  EXPECT_EQ(found(Method::get, "/meters/roof/days").route, 9U);
}

TEST(Router, ChoosesThePathBeforeTheMethod) {
  EXPECT_EQ(allowed(Method::remove, "/users/me"), "GET, HEAD");
  EXPECT_EQ(found(Method::remove, "/users/7").route, 3U);
}

TEST(Router, SaysWhatAPathTakes) {
  EXPECT_EQ(allowed(Method::patch, "/users"), "GET, HEAD, POST");
  EXPECT_EQ(allowed(std::nullopt, "/users"), "GET, HEAD, POST");
  EXPECT_EQ(allowed(Method::get, "/usage:bulk"), "POST");
  EXPECT_EQ(allowed(Method::head, "/usage:bulk"), "POST");
  EXPECT_EQ(allowed(Method::post, "/checks"), "GET, HEAD");
}

TEST(Router, ServesHeadWhereGetIs) {
  EXPECT_EQ(found(Method::head, "/users").route, 0U);
  EXPECT_EQ(found(Method::head, "/checks").route, 10U);
}

TEST(Router, FindsNothingElsewhere) {
  for (const auto* path :
       {"/user", "/users/", "/users//meters/roof", "/users/7/meters", "/users/7/meters/roof/x",
        "//users", "/Users", "/users/7/", "/%7Buser_id%7D", "/users/../users"}) {
    EXPECT_TRUE(is_not_found(path)) << path;
  }
}

TEST(Router, RefusesPathsThatAreNoText) {
  for (const auto* path : {"/users/%", "/users/%zz", "/users/%FF", "/users/%00", "users"}) {
    EXPECT_TRUE(std::holds_alternative<Router::BadPath>(match(Method::get, path))) << path;
  }
}

TEST(RouterDeathTest, RefusesATableWithTheSameRouteTwice) {
  const std::array twice{Route{Method::get, "/users/{id}", Body::whole},
                         Route{Method::get, "/users/{user_id}", Body::whole}};
  EXPECT_DEATH(Router{twice}, "");
}

}  // namespace
}  // namespace wattback::http

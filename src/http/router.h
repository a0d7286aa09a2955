// Which route of a table a method and a path lead to. Knows nothing of sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/request.h"

namespace wattback::http {

enum class Body : std::uint8_t { whole, streamed };

struct Route {
  Method method = Method::get;
  std::string path;  // a template: "/users/{user_id}/readings"
  Body body = Body::whole;
};

// A route is known by its place in the table. A path is matched segment by segment, each decoded
// first: a literal segment wins over a parameter, from the left. The path is chosen before the
// method, so what stands at a literal path is never reached by a template. A parameter matches one
// segment that is not empty. HEAD is served where GET is.
class Router {
 public:
  struct Match {
    std::size_t route = 0;
    NamedValues parameters;
  };
  struct NotFound {};
  struct MethodNotAllowed {
    std::string allow;  // for the Allow field: "GET, HEAD, POST"
  };
  struct BadPath {
    std::string detail;
  };
  using Outcome = std::variant<Match, NotFound, MethodNotAllowed, BadPath>;

  // Two routes of one method and one path, or a template that is none, are a programmer's error.
  explicit Router(std::span<const Route> routes);

  // No method stands for one that HTTP or this server does not know.
  Outcome match(std::optional<Method> method, std::string_view path) const;

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::map<Method, std::size_t> routes;
  };

  static const Node* find(const Node& node, std::span<const std::string> segments);

  Node root_;
  std::vector<std::vector<std::string>> templates_;  // the segments of each route
};

}  // namespace wattback::http

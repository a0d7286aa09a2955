#include "http/router.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/target.h"

namespace wattback::http {
namespace {

bool is_parameter(std::string_view segment) { return segment.starts_with('{'); }

std::string_view parameter_name(std::string_view segment) {
  check(segment.size() > 2 && segment.ends_with('}'));
  return segment.substr(1, segment.size() - 2);
}

std::vector<std::string> template_segments(std::string_view path) {
  auto segments = path_segments(path);
  check(segments.has_value());
  return *std::move(segments);
}

std::string allow_of(const std::map<Method, std::size_t>& routes) {
  std::string allow;
  const auto append = [&allow](Method method) {
    allow.append(allow.empty() ? "" : ", ").append(to_text(method));
  };
  for (const auto& [method, route] : routes) {
    append(method);
    if (method == Method::get && !routes.contains(Method::head)) {
      append(Method::head);
    }
  }
  return allow;
}

}  // namespace

Router::Router(std::span<const Route> routes) {
  for (std::size_t route = 0; route < routes.size(); ++route) {
    auto segments = template_segments(routes[route].path);
    auto* node = &root_;
    for (const auto& segment : segments) {
      auto& next = is_parameter(segment) ? node->parameter : node->literals[segment];
      if (!next) {
        next = std::make_unique<Node>();
      }
      node = next.get();
    }
    check(node->routes.emplace(routes[route].method, route).second);
    templates_.push_back(std::move(segments));
  }
}

const Router::Node* Router::find(const Node& node, std::span<const std::string> segments) {
  if (segments.empty()) {
    return node.routes.empty() ? nullptr : &node;
  }
  const auto& segment = segments.front();
  const auto rest = segments.subspan(1);
  if (const auto literal = node.literals.find(segment); literal != node.literals.end()) {
    if (const auto* found = find(*literal->second, rest)) {
      return found;
    }
  }
  return node.parameter && !segment.empty() ? find(*node.parameter, rest) : nullptr;
}

Router::Outcome Router::match(std::optional<Method> method, std::string_view path) const {
  auto segments = path_segments(path);
  if (!segments) {
    return BadPath{"the path has a broken escape, or what is no text"};
  }
  const auto* node = find(root_, *segments);
  if (node == nullptr) {
    return NotFound{};
  }
  auto route = method ? node->routes.find(*method) : node->routes.end();
  if (route == node->routes.end() && method == Method::head) {
    route = node->routes.find(Method::get);
  }
  if (route == node->routes.end()) {
    return MethodNotAllowed{allow_of(node->routes)};
  }
  Match match{.route = route->second, .parameters = {}};
  const auto& names = templates_[route->second];
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (is_parameter(names[i])) {
      match.parameters.add(std::string(parameter_name(names[i])), std::move((*segments)[i]));
    }
  }
  return match;
}

}  // namespace wattback::http

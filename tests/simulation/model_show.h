// Facts of the model as text, for messages.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "simulation/model_facts.h"

namespace wattback::simulation::model {

inline std::string show(bool value) { return value ? "yes" : "no"; }
inline std::string show(std::int64_t value) { return fmt::format("{}", value); }
inline std::string show(const std::string& value) { return "'" + value + "'"; }
inline std::string show(Instant value) { return wattback::to_text(value); }
inline std::string show(Day value) { return wattback::to_text(value); }
inline std::string show(EnergyType value) { return std::string(wattback::to_text(value)); }

template <class Tag>
std::string show(const Id<Tag>& value) {
  return wattback::to_text(value);
}

template <HasFields T>
std::string show(const T& value);

template <class T>
std::string show(const std::optional<T>& value) {
  return value ? show(*value) : "-";
}

template <class A, class B>
std::string show(const std::pair<A, B>& value) {
  return show(value.first) + " " + show(value.second);
}

template <class T>
std::string show(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values) {
    text += show(value);
  }
  return text + "]";
}

template <HasFields T>
std::string show(const T& value) {
  return std::apply(
      [](const auto&... fields) {
        std::string text = "{";
        ((text += (text.size() > 1 ? ", " : "") + show(fields)), ...);
        return text + "}";
      },
      value.fields());
}

}  // namespace wattback::simulation::model

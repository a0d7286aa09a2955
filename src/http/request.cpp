#include "http/request.h"

#include <algorithm>

namespace wattback::http {

void NamedValues::join(std::string name, std::string value) {
  const auto entry = std::ranges::find(entries_, name, &NamedValue::name);
  if (entry == entries_.end()) {
    add(std::move(name), std::move(value));
    return;
  }
  entry->value.append(", ").append(value);
}

}  // namespace wattback::http

#include "access/tries.h"

#include <cstring>

namespace wattback::access {

Result<void> Tries::begin(const Digest& email, Instant now) {
  const std::lock_guard lock(mutex_);
  while (!order_.empty() && order_.front().since + window <= now) {
    forget(order_.begin());
  }
  const auto found = by_email_.find(email);
  if (found == by_email_.end()) {
    if (order_.size() == emails_max) {
      forget(order_.begin());
    }
    order_.push_back({.email = email, .since = now, .count = 1});
    by_email_.emplace(email, std::prev(order_.end()));
    return {};
  }
  auto& tried = *found->second;
  if (tried.count < tries_max) {
    ++tried.count;
    return {};
  }
  auto refusal =
      fail(ErrorCode::too_many_tries, "too many wrong passwords for this email; try again later");
  refusal.error().retry_after = std::chrono::ceil<std::chrono::seconds>(tried.since + window - now);
  return refusal;
}

void Tries::take_back(const Digest& email) {
  const std::lock_guard lock(mutex_);
  const auto found = by_email_.find(email);
  if (found != by_email_.end() && --found->second->count == 0) {
    forget(found->second);
  }
}

void Tries::succeed(const Digest& email) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_email_.find(email); found != by_email_.end()) {
    forget(found->second);
  }
}

std::size_t Tries::size() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

void Tries::forget(Order::iterator tried) {
  by_email_.erase(tried->email);
  order_.erase(tried);
}

// A digest is as good as random wherever it is cut.
std::size_t Tries::DigestHash::operator()(const Digest& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

}  // namespace wattback::access

// How often passwords were tried of late, so that guessing one takes too long. Kept in memory only:
// a restart forgets it. Tries count by email whether or not anyone has it, so that a refusal tells
// nothing, and not by the client's address: behind a proxy all have the same.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "base/sha256.h"
#include "base/time.h"

namespace wattback::access {

class Tries {
 public:
  static constexpr int tries_max = 10;  // of one email, within
  static constexpr auto window = std::chrono::minutes(15);
  // Emails remembered; beyond, the longest remembered one is forgotten. More than can be verified
  // within a window.
  static constexpr std::size_t emails_max = std::size_t{1} << 15U;

  // Counts a try, before its password is verified, so that those under way count too.
  // `too_many_tries`, to be answered without verifying, when there were too many.
  Result<void> begin(const Digest& email, Instant now);

  // Nothing came of it: the password could not be verified. It does not count.
  void take_back(const Digest& email);

  // The password was right: what was tried before is forgotten.
  void succeed(const Digest& email);

  std::size_t size() const;

 private:
  struct Tried {
    Digest email{};
    Instant since;  // the first try
    int count = 0;
  };
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const;
  };
  using Order = std::list<Tried>;  // by since

  void forget(Order::iterator tried);

  mutable std::mutex mutex_;
  Order order_;
  std::unordered_map<Digest, Order::iterator, DigestHash> by_email_;
};

}  // namespace wattback::access

#include "api/readiness.h"

#include <memory>
#include <span>
#include <system_error>

#include "points/ledger.h"

namespace wattback::api {
namespace {

// What is read does not matter, but that it is nothing that is kept at hand.
void ask(store::Store& store) {
  const auto key = points::entry_key({}, 1);
  store.get(key.collection, std::span(&key, 1));
}

bool is_over(const std::shared_future<void>& asked) {
  return asked.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

bool Readiness::is_answered(store::Store& store) {
  if (!store.capabilities().remote) {
    ask(store);
    return true;
  }
  std::shared_future<void> asked;
  {
    const std::lock_guard lock(mutex_);
    if (!asked_.valid() || is_over(asked_)) {
      try {
        asked_ = std::async(std::launch::async, [&store] { ask(store); }).share();
      } catch (const std::system_error&) {  // no thread is left to ask in
        return false;
      }
    }
    asked = asked_;
  }
  if (asked.wait_for(answer_wait_max) != std::future_status::ready) {
    return false;
  }
  asked.get();
  return true;
}

}  // namespace wattback::api

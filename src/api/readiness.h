// Whether the store answers, for who asks often and waits for a moment only.
#pragma once

#include <chrono>
#include <future>
#include <mutex>

#include "store/store.h"

namespace wattback::api {

class Readiness {
 public:
  static constexpr std::chrono::milliseconds answer_wait_max{2'500};

  // One round trip; whoever asks while one is under way waits for that one. False: it takes longer
  // than that. Throws what the store does. The store must outlive this, which ends when it answers.
  bool is_answered(store::Store& store);

 private:
  std::mutex mutex_;
  std::shared_future<void> asked_;
};

}  // namespace wattback::api

// The programme in numbers, as it was last read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/time.h"
#include "operations/summary.h"

namespace wattback::api {

// Thread-safe. All of the programme is read for it, so it is not read for each who asks.
class LastSummary {
 public:
  static constexpr std::chrono::minutes age_max{1};

  struct Dated {
    operations::ProgrammeSummary summary;
    Instant as_of;
  };

  // The last one, or a new one where that is too old. Who asks while one is read gets the last one;
  // where there is none yet they wait for it, some seconds, and then it is `unavailable`.
  Result<Dated> find_or_read(store::Store& store, Instant now);

 private:
  // While a new one is read. Ends it.
  class Reading;

  static constexpr std::chrono::seconds wait_max{5};

  std::mutex mutex_;
  std::condition_variable read_;
  bool is_being_read_ = false;
  std::optional<Dated> last_;
};

}  // namespace wattback::api

// The programme in numbers, as it was last read.
#pragma once

#include <chrono>
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

  // The last one, or a new one where that is too old. Who asks while one is read waits for it.
  Result<Dated> find_or_read(store::Store& store, Instant now);

 private:
  std::mutex mutex_;
  std::optional<Dated> last_;
};

}  // namespace wattback::api

#include "api/last_summary.h"

#include <utility>

namespace wattback::api {

Result<LastSummary::Dated> LastSummary::find_or_read(store::Store& store, Instant now) {
  const std::scoped_lock lock(mutex_);
  if (last_ && last_->as_of <= now && now < last_->as_of + age_max) {
    return *last_;
  }
  auto summary = operations::summarise(store);
  if (!summary) {
    return std::unexpected(std::move(summary.error()));
  }
  last_ = Dated{.summary = *std::move(summary), .as_of = now};
  return *last_;
}

}  // namespace wattback::api

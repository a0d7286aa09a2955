#include "api/last_summary.h"

#include <utility>

namespace wattback::api {

class LastSummary::Reading {
 public:
  explicit Reading(LastSummary& summary) : summary_(&summary) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    const std::scoped_lock lock(summary_->mutex_);
    summary_->is_being_read_ = false;
    summary_->read_.notify_all();
  }

 private:
  LastSummary* summary_;
};

Result<LastSummary::Dated> LastSummary::find_or_read(store::Store& store, Instant now) {
  const auto is_new = [&] { return last_ && last_->as_of <= now && now < last_->as_of + age_max; };
  std::unique_lock lock(mutex_);
  if (!is_new() && is_being_read_ && !last_) {
    read_.wait_for(lock, wait_max, [&] { return !is_being_read_ || last_; });
  }
  if (is_new() || (is_being_read_ && last_)) {
    return *last_;
  }
  if (is_being_read_) {
    return fail(ErrorCode::unavailable, "the programme is being read; ask again");
  }
  is_being_read_ = true;
  lock.unlock();
  const Reading reading(*this);  // to its end
  auto summary = operations::summarise(store);
  if (!summary) {
    return std::unexpected(std::move(summary.error()));
  }
  Dated dated{.summary = *std::move(summary), .as_of = now};
  {
    const std::scoped_lock keeping(mutex_);
    last_ = dated;
  }
  return dated;
}

}  // namespace wattback::api

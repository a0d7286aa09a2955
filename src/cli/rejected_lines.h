// Tells the rejected lines of an input: the first of them on standard error, all of them in a file
// of the operator's.
#pragma once

#include <fstream>
#include <optional>
#include <string>

#include "cli/environment.h"
#include "cli/progress.h"
#include "importers/run.h"

namespace wattback::cli {

class RejectedLines {
 public:
  explicit RejectedLines(const Environment& environment) : environment_(&environment) {}

  // Makes the file, where one is named, with a header: line,reason.
  Result<void> open(const std::optional<std::string>& path);
  void tell(const importers::RejectedRecord& rejected);

 private:
  const Environment* environment_;
  std::ofstream file_;
  std::size_t count_ = 0;
};

// What an import tells while it goes on; both must outlive it.
importers::ImportObserver observe(ProgressBar& bar, RejectedLines& rejected);

}  // namespace wattback::cli

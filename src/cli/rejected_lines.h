// Tells the rejected lines of an input: the first of them on standard error, all of them in a file
// of the operator's, in the order of the lines.
#pragma once

#include <compare>
#include <cstdint>
#include <fstream>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/progress.h"
#include "importers/run.h"

namespace wattback::cli {

class RejectedLines {
 public:
  explicit RejectedLines(const Environment& environment) : environment_(&environment) {}

  // Makes the file, where one is named, with a header: line,reason. Refuses one that is the input.
  Result<void> open(const std::optional<std::string>& path, const std::string& input);
  void tell(const importers::RejectedRecord& rejected);

  // After the last: false where the file could not be written, which standard error then says.
  bool finish();

 private:
  struct Line {
    std::int64_t number = 0;
    std::size_t told = 0;  // how many were told before
    std::string reason;

    auto operator<=>(const Line&) const = default;
  };

  void write(const Line& line);

  const Environment* environment_;
  std::string path_;
  std::ofstream file_;
  // Held back until none of a lower line can come.
  std::priority_queue<Line, std::vector<Line>, std::greater<>> held_;
  std::size_t told_ = 0;
  std::size_t written_ = 0;
};

// What an import tells while it goes on; both must outlive it.
importers::ImportObserver observe(ProgressBar& bar, RejectedLines& rejected);

}  // namespace wattback::cli

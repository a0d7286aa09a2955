#include "cli/rejected_lines.h"

#include <fmt/format.h>

namespace wattback::cli {
namespace {

constexpr std::size_t shown_max = 20;

std::string doubled_quotes(std::string text) {  // RFC 4180
  for (auto quote = text.find('"'); quote != std::string::npos; quote = text.find('"', quote + 2)) {
    text.insert(quote, 1, '"');
  }
  return text;
}

}  // namespace

Result<void> RejectedLines::open(const std::optional<std::string>& path) {
  if (path) {
    file_.open(*path, std::ios::trunc);
    if (!file_) {
      return fail(ErrorCode::invalid, fmt::format("{} can't be written", *path));
    }
    file_ << "line,reason\n";
  }
  return {};
}

void RejectedLines::tell(const importers::RejectedRecord& rejected) {
  if (file_.is_open()) {
    file_ << rejected.line << ",\"" << doubled_quotes(rejected.reason) << "\"\n";
  }
  if (++count_ <= shown_max) {
    *environment_->err << "line " << rejected.line << ": " << rejected.reason << "\n";
  } else if (count_ == shown_max + 1) {
    *environment_->err << "(more rejected lines; --errors FILE keeps them all)\n";
  }
}

importers::ImportObserver observe(ProgressBar& bar, RejectedLines& rejected) {
  return {
      .progress =
          [&bar](const importers::Input::Progress& progress) {
            bar.show(progress.done, progress.total);
          },
      .rejected = [&rejected](const importers::RejectedRecord& record) { rejected.tell(record); }};
}

}  // namespace wattback::cli

#include "cli/rejected_lines.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace wattback::cli {
namespace {

constexpr std::size_t shown_max = 20;

std::string doubled_quotes(std::string text) {  // RFC 4180
  for (auto quote = text.find('"'); quote != std::string::npos; quote = text.find('"', quote + 2)) {
    text.insert(quote, 1, '"');
  }
  return text;
}

std::string why() { return std::error_code(errno, std::generic_category()).message(); }

}  // namespace

Result<void> RejectedLines::open(const std::optional<std::string>& path, const std::string& input) {
  if (path) {
    path_ = *path;
    std::error_code missing;
    if (std::filesystem::equivalent(path_, input, missing)) {
      return fail_field("--errors", "is the input itself");
    }
    file_.open(*path, std::ios::trunc);
    file_ << "line,reason\n" << std::flush;
    if (!file_) {
      return fail(ErrorCode::invalid, fmt::format("{} can't be written: {}", *path, why()));
    }
  }
  return {};
}

void RejectedLines::tell(const importers::RejectedRecord& rejected) {
  held_.push(
      {.number = rejected.line, .told = told_++, .reason = importers::told_reason(rejected)});
  if (held_.size() > importers::disorder_records_max) {
    write(held_.top());
    held_.pop();
  }
}

bool RejectedLines::finish() {
  for (; !held_.empty(); held_.pop()) {
    write(held_.top());
  }
  if (!file_.is_open()) {
    return true;
  }
  file_.flush();
  if (file_) {
    return true;
  }
  *environment_->err << "wattback: the rejected lines could not be written to " << path_ << ": "
                     << why() << "\n";
  return false;
}

void RejectedLines::write(const Line& line) {
  if (file_.is_open()) {
    file_ << line.number << ",\"" << doubled_quotes(line.reason) << "\"\n";
  }
  if (++written_ <= shown_max) {
    *environment_->err << "line " << line.number << ": " << line.reason << "\n";
  } else if (written_ == shown_max + 1) {
    *environment_->err << "(more rejected lines; --errors FILE keeps them all)\n";
  }
}

importers::ImportObserver observe(ProgressBar& bar, RejectedLines& rejected) {
  return {
      .progress =
          [&bar](const importers::Input::Progress& progress) {
            bar.show(progress.done, progress.total);
          },
      .rejected = [&rejected](const importers::RejectedRecord& record) { rejected.tell(record); },
      .taken = {},
      .waits =
          [&bar](const Error& error) {
            bar.wait("the import", error.log.empty() ? error.detail : error.log);
          }};
}

}  // namespace wattback::cli

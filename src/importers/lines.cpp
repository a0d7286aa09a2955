#include "importers/lines.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wattback::importers {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

void append(Line& line, std::string_view bytes) {
  const auto room = record_bytes_max - line.text.size();
  line.too_long = line.too_long || bytes.size() > room;
  line.text.append(bytes.substr(0, room));
}

void finish(Line& line) {
  if (line.text.ends_with('\r') && !line.too_long) {
    line.text.pop_back();
  }
  if (line.number == 1 && line.text.starts_with(byte_order_mark)) {
    line.text.erase(0, byte_order_mark.size());
  }
}

}  // namespace

LineReader::LineReader(Input& input) : input_(input), chunk_(chunk_bytes) {}

Result<bool> LineReader::fill() {
  if (begin_ < end_) {
    return true;
  }
  const auto count = input_.read(chunk_);
  if (!count) {
    return std::unexpected(count.error());
  }
  begin_ = 0;
  end_ = *count;
  return *count > 0;
}

Result<std::optional<Line>> LineReader::next() {
  if (!unread_.empty()) {
    Line line = std::move(unread_.front());
    unread_.pop_front();
    return line;
  }
  Line line;
  bool begun = false;
  for (;;) {
    const auto more = fill();
    if (!more) {
      return std::unexpected(more.error());
    }
    if (!*more && !begun) {
      return std::nullopt;
    }
    if (!begun) {
      begun = true;
      line.number = ++lines_;
    }
    const std::string_view rest(chunk_.data() + begin_, end_ - begin_);
    const auto length = std::min(rest.find('\n'), rest.size());
    append(line, rest.substr(0, length));
    begin_ += length;
    if (!*more || length < rest.size()) {
      begin_ += *more ? 1U : 0U;
      finish(line);
      return line;
    }
  }
}

void LineReader::unread(Line line) { unread_.push_front(std::move(line)); }

}  // namespace wattback::importers

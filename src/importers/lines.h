// An input read line by line, in bounded memory.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "importers/input.h"

namespace wattback::importers {

struct Line {
  std::int64_t number = 0;  // from 1
  std::string text;       // without its end (LF or CRLF); the first without a UTF-8 byte order mark
  bool too_long = false;  // beyond record_bytes_max: text is what fits of it
};

class LineReader {
 public:
  // Reads from where the input stands. The input outlives it.
  explicit LineReader(Input& input);

  Result<std::optional<Line>> next();  // nothing at the end
  void unread(Line line);              // to be given again, before those unread earlier

 private:
  Result<bool> fill();

  Input& input_;
  std::vector<char> chunk_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t lines_ = 0;
  std::deque<Line> unread_;
};

}  // namespace wattback::importers

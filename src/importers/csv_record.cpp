#include "importers/csv_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "importers/limits.h"

namespace wattback::importers {
namespace {

// Splits a record that is fed line by line.
class Splitter {
 public:
  explicit Splitter(char delimiter) : delimiter_(delimiter) {}

  void feed(std::string_view line) {
    while (!line.empty()) {
      const auto run = letters_at_front(line);
      field_.append(line.substr(0, run));
      line.remove_prefix(run);
      if (!line.empty()) {
        step(line.front());
        line.remove_prefix(1);
      }
    }
    if (state_ == State::quoted) {
      field_.push_back('\n');
    } else {
      finish_field();
    }
  }

  bool open() const { return state_ == State::quoted && !fault_; }
  std::optional<Fault>& fault() { return fault_; }
  std::vector<std::string>& fields() { return fields_; }

 private:
  enum class State : std::uint8_t { at_start, plain, quoted, after_quote };

  // How many characters at the front only add to the field.
  std::size_t letters_at_front(std::string_view line) const {
    if (state_ != State::plain && state_ != State::quoted) {
      return 0;
    }
    const auto ends = [this](char c) {
      return c == '"' || (c == delimiter_ && state_ == State::plain);
    };
    return static_cast<std::size_t>(std::ranges::find_if(line, ends) - line.begin());
  }

  void step(char c) {
    switch (state_) {
      case State::at_start:
        if (c == '"') {
          state_ = State::quoted;
        } else {
          state_ = State::plain;
          step(c);
        }
        return;
      case State::plain:
        if (c == delimiter_) {
          finish_field();
        } else if (c == '"') {
          refuse("has a quote inside a field that does not begin with one");
        } else {
          field_.push_back(c);
        }
        return;
      case State::quoted:
        if (c == '"') {
          state_ = State::after_quote;
        } else {
          field_.push_back(c);
        }
        return;
      case State::after_quote:
        if (c == '"') {
          field_.push_back('"');
          state_ = State::quoted;
        } else if (c == delimiter_) {
          finish_field();
        } else {
          refuse("has more after the closing quote of a field");
        }
        return;
    }
  }

  void finish_field() {
    if (field_.size() > csv_field_bytes_max && !fault_) {
      fault_ = Fault{RejectionCode::too_long, fmt::format("field {} is longer than {} bytes",
                                                          fields_.size() + 1, csv_field_bytes_max)};
    }
    fields_.push_back(std::exchange(field_, {}));
    state_ = State::at_start;
  }

  void refuse(std::string_view reason) {
    if (!fault_) {
      fault_ = Fault{RejectionCode::bad_quoting, std::string(reason)};
    }
  }

  char delimiter_;
  State state_ = State::at_start;
  std::string field_;
  std::vector<std::string> fields_;
  std::optional<Fault> fault_;
};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t") == text.npos; }

std::optional<Fault> fault_of(const Line& line) {
  if (line.too_long) {
    return Fault{RejectionCode::too_long, fmt::format("is longer than {} bytes", record_bytes_max)};
  }
  if (!is_utf8(line.text)) {
    return Fault{RejectionCode::not_utf8, "is not UTF-8"};
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<CsvRecord>> CsvReader::next() {
  auto first = lines_.next();
  while (first && *first && is_blank((*first)->text)) {
    first = lines_.next();
  }
  if (!first) {
    return std::unexpected(first.error());
  }
  if (!*first) {
    return std::nullopt;
  }
  CsvRecord record{.line = (*first)->number, .fields = {}, .fault = fault_of(**first)};
  if (record.fault) {
    return record;
  }
  Splitter splitter(delimiter_);
  splitter.feed((*first)->text);
  std::size_t bytes = (*first)->text.size();
  std::vector<Line> rest;
  while (splitter.open()) {
    auto line = lines_.next();
    if (!line) {
      return std::unexpected(line.error());
    }
    if (*line) {
      rest.push_back(*std::move(*line));
      bytes += rest.back().text.size() + 1;
    }
    if (!*line || bytes > record_bytes_max || fault_of(rest.back())) {
      splitter.fault() = Fault{RejectionCode::bad_quoting, "has a quote that is never closed"};
      break;
    }
    splitter.feed(rest.back().text);
  }
  record.fault = std::move(splitter.fault());
  record.fields = std::move(splitter.fields());
  if (record.fault && record.fault->code == RejectionCode::bad_quoting) {
    std::ranges::for_each(rest.rbegin(), rest.rend(),
                          [&](Line& line) { lines_.unread(std::move(line)); });
  }
  return record;
}

}  // namespace wattback::importers

// Bytes in the order they came, taken from the front.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.h"

namespace wattback::http {

class ByteQueue {
 public:
  std::string_view view() const { return std::string_view(bytes_).substr(begin_); }
  bool empty() const { return begin_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - begin_; }

  void consume(std::size_t count) {
    check(count <= size());
    begin_ += count;
    if (empty()) {
      bytes_.clear();
      begin_ = 0;
    }
  }

  // The string to append to. What was consumed is dropped once it is the greater part.
  std::string& back() {
    if (begin_ > bytes_.size() / 2) {
      bytes_.erase(0, begin_);
      begin_ = 0;
    }
    return bytes_;
  }

  void release_memory() {
    if (empty()) {
      bytes_ = std::string();
    }
  }

 private:
  std::string bytes_;
  std::size_t begin_ = 0;
};

}  // namespace wattback::http

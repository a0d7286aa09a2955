// A file in memory, for what is read by its path.
#pragma once

#include <string>
#include <string_view>

namespace wattback::fuzz {

class MemoryFile {
 public:
  MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  void write(std::string_view bytes);  // in place of what it holds
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace wattback::fuzz

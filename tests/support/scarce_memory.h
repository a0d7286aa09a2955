// Memory that runs short, in a test program that uses this: its `operator new` is this one's.
#pragma once

namespace wattback::test_support {

// While it lives, of what this thread asks for so much is given and then one request fails, with
// std::bad_alloc.
class ScarceMemory {
 public:
  static const bool is_possible;  // not where the thread sanitizer has an `operator new` of its own

  explicit ScarceMemory(int allocations);
  ScarceMemory(const ScarceMemory&) = delete;
  ScarceMemory& operator=(const ScarceMemory&) = delete;
  ~ScarceMemory();

  bool has_failed() const;
};

}  // namespace wattback::test_support

// What a test asks of its own process.
#pragma once

#include <malloc.h>
#include <sys/resource.h>

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) && __has_include(<sanitizer/allocator_interface.h>)
#include <sanitizer/allocator_interface.h>  // which has an allocator of its own
#endif

namespace wattback::test_support {

inline std::size_t allocated_bytes() {
#if defined(__SANITIZE_ADDRESS__) && __has_include(<sanitizer/allocator_interface.h>)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

// As many as the system lets this process have.
inline void allow_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace wattback::test_support

#include "support/scarce_memory.h"

#include <cstdlib>
#include <new>

namespace {

constexpr int plenty = -1;
thread_local int left = plenty;  // allocations before the one that fails

}  // namespace

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATTBACK_THREAD_SANITIZER
#endif
#endif

#ifndef WATTBACK_THREAD_SANITIZER
// As the standard has them, but for what is counted.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  if (left != plenty) {
    --left;
    if (left == plenty) {
      return nullptr;
    }
  }
  return std::malloc(size == 0 ? 1 : size);
}

void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) {
    return memory;
  }
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { std::free(memory); }

#endif

namespace wattback::test_support {

#ifdef WATTBACK_THREAD_SANITIZER
const bool ScarceMemory::is_possible = false;
#else
const bool ScarceMemory::is_possible = true;
#endif

ScarceMemory::ScarceMemory(int allocations) { left = allocations; }
ScarceMemory::~ScarceMemory() { left = plenty; }

bool ScarceMemory::has_failed() const { return left == plenty; }

}  // namespace wattback::test_support

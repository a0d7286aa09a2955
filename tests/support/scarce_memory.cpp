#include "support/scarce_memory.h"

#include <cstdlib>
#include <new>

namespace {

constexpr int plenty = -1;
thread_local int left = plenty;  // allocations before the one that fails

}  // namespace

void* operator new(std::size_t size) {
  if (left >= 0 && left-- == 0) {
    throw std::bad_alloc();
  }
  if (void* memory = std::malloc(size == 0 ? 1 : size)) {
    return memory;
  }
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace wattback::test_support {

ScarceMemory::ScarceMemory(int allocations) { left = allocations; }
ScarceMemory::~ScarceMemory() { left = plenty; }

bool ScarceMemory::has_failed() const { return left == plenty; }

}  // namespace wattback::test_support

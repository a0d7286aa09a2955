#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace wattback {

void check_failed(std::source_location where) {
  std::fprintf(stderr, "wattback: a condition does not hold at %s:%u in %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace wattback

#include "support/other_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>

#include "base/check.h"

namespace wattback::test_support {
namespace {

bool works(const std::function<bool()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "the other process: %s\n", error.what());
    return false;
  }
}

}  // namespace

OtherProcess::OtherProcess(const std::function<bool()>& work) {
  std::array<int, 2> ends{};
  check(pipe(ends.data()) == 0);
  pid_ = fork();
  check(pid_ >= 0);
  if (pid_ == 0) {
    close(ends[1]);
    char told = 0;
    const bool is_told = read(ends[0], &told, 1) == 1;
    _exit(is_told && works(work) ? 0 : 1);
  }
  close(ends[0]);
  told_ = ends[1];
}

OtherProcess::~OtherProcess() {
  if (pid_ > 0) {
    wait();
  }
}

void OtherProcess::go() { check(write(told_, "g", 1) == 1); }

bool OtherProcess::wait() {
  check(pid_ > 0);
  close(told_);
  int status = 0;
  check(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace wattback::test_support

// A second process for a test: a child that does its work when told to.
#pragma once

#include <functional>

namespace wattback::test_support {

class OtherProcess {
 public:
  // Forks at once; `work` runs in the child after `go`. Make it before any thread and before any
  // store is opened, since neither survives a fork.
  explicit OtherProcess(const std::function<bool()>& work);
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess();  // without `go` it ends without having worked

  void go();
  bool wait();  // for its end: whether `work` answered true

 private:
  int pid_ = -1;
  int told_ = -1;  // our end of the pipe it waits on
};

}  // namespace wattback::test_support

#include "app/owner.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <random>

namespace wattback::app {
namespace {

std::string user_name() {
  constexpr std::size_t record_max = 4096;
  std::array<char, record_max> buffer{};
  passwd record{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &record, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return std::string(record.pw_name).substr(0, 32);
  }
  return fmt::format("user {}", geteuid());
}

std::string machine_name() {
  std::array<char, 65> name{};  // the last stays 0
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

}  // namespace

const std::string& process_owner() {
  static const std::string owner = fmt::format("{}@{}, process {}, {:08x}", user_name(),
                                               machine_name(), getpid(), std::random_device{}());
  return owner;
}

}  // namespace wattback::app

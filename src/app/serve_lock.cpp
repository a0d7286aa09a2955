#include "app/serve_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "store/store.h"

namespace wattback::app {
namespace {

constexpr mode_t for_the_owner = 0600;

std::string read_holder(int file) {
  std::array<char, 16> text{};
  const auto count = pread(file, text.data(), text.size(), 0);
  return count > 0 ? std::string(text.data(), static_cast<std::size_t>(count)) : "another";
}

// For whoever comes second; that it can't be written takes nothing from the lock.
void write_holder(int file) {
  const auto text = std::to_string(getpid());
  [[maybe_unused]] const bool written =
      ftruncate(file, 0) == 0 && pwrite(file, text.data(), text.size(), 0) > 0;
}

int open_lock(const std::filesystem::path& store) {
  const auto path = store.string() + ".serving";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, for_the_owner);
  if (file < 0) {
    throw store::StoreUnusable(fmt::format(
        "{} can't be opened: {}", path, std::error_code(errno, std::generic_category()).message()));
  }
  return file;
}

}  // namespace

Result<ServeLock> ServeLock::take(const std::filesystem::path& store) {
  const int file = open_lock(store);
  ServeLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    const bool is_migrated = flock(file, LOCK_SH | LOCK_NB) == 0;
    return fail(ErrorCode::conflict,
                is_migrated ? fmt::format("{} is being migrated by another process", store.string())
                            : fmt::format("{} is served already, by process {}", store.string(),
                                          read_holder(file)));
  }
  write_holder(file);
  return lock;
}

Result<ServeLock> ServeLock::keep_servers_out(const std::filesystem::path& store) {
  const int file = open_lock(store);
  ServeLock lock(file);
  if (flock(file, LOCK_SH | LOCK_NB) != 0) {
    return fail(ErrorCode::conflict,
                fmt::format("{} is served, by process {}; end it first, for what it writes may not "
                            "fit the newer schema",
                            store.string(), read_holder(file)));
  }
  return lock;
}

ServeLock::ServeLock(ServeLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

ServeLock::~ServeLock() {
  if (file_ >= 0) {
    close(file_);
  }
}

}  // namespace wattback::app

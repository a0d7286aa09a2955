#include "store/sqlite/log_writes.h"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>
#include <span>

#include "base/check.h"

namespace wattback::store::sqlite {
namespace {

using Offset = sqlite3_int64;

// What is to be in one place after the other.
class Held {
 public:
  bool empty() const { return size_ == 0; }
  Offset at() const { return at_; }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }
  void clear() { size_ = 0; }

  // Whether there was room for it right behind the rest.
  bool add(std::span<const std::byte> added, Offset at) {
    if (!bytes_) {
      bytes_.reset(new (std::nothrow) std::byte[log_writes_bytes_max]);
    }
    const bool follows = empty() || at == at_ + static_cast<Offset>(size_);
    if (!bytes_ || !follows || added.size() > log_writes_bytes_max - size_) {
      return false;
    }
    at_ = empty() ? at : at_;
    std::ranges::copy(added, bytes_.get() + size_);
    size_ += added.size();
    return true;
  }

 private:
  // NOLINTNEXTLINE(*-avoid-c-arrays): allocated once, without an exception
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  Offset at_ = 0;
};

// What SQLite holds of an open log.
struct Log : sqlite3_file {
  sqlite3_file* below = nullptr;
  Held held;
};

Log& ours(sqlite3_file* file) { return *static_cast<Log*>(file); }
const sqlite3_io_methods& methods_below(sqlite3_file* file) { return *ours(file).below->pMethods; }

int write_below(Log& log, std::span<const std::byte> bytes, Offset at) {
  return log.below->pMethods->xWrite(log.below, bytes.data(), static_cast<int>(bytes.size()), at);
}

int write_held(sqlite3_file* file) {
  auto& log = ours(file);
  if (log.held.empty()) {
    return SQLITE_OK;
  }
  const int code = write_below(log, log.held.bytes(), log.held.at());
  log.held.clear();
  return code;
}

int write(sqlite3_file* file, const void* data, int size, Offset at) {
  auto& log = ours(file);
  const std::span bytes(static_cast<const std::byte*>(data), static_cast<std::size_t>(size));
  if (log.held.add(bytes, at)) {
    return SQLITE_OK;
  }
  const int code = write_held(file);
  if (code != SQLITE_OK || log.held.add(bytes, at)) {
    return code;
  }
  return write_below(log, bytes, at);
}

// What a method of the file below answers, once it has what is held.
template <auto Method, class... Arguments>
int after_writes(sqlite3_file* file, Arguments... arguments) {
  const int code = write_held(file);
  return code == SQLITE_OK ? (methods_below(file).*Method)(ours(file).below, arguments...) : code;
}

template <auto Method, class... Arguments>
int pass_on(sqlite3_file* file, Arguments... arguments) {
  return (methods_below(file).*Method)(ours(file).below, arguments...);
}

// Nothing is held by now: a commit that ends has written it, and one that fails has forgotten it.
int close(sqlite3_file* file) {
  auto& log = ours(file);
  const int code = log.below->pMethods->xClose(log.below);
  sqlite3_free(log.below);
  std::destroy_at(&log);
  return code;
}

constexpr sqlite3_io_methods methods{
    .iVersion = 1,
    .xClose = close,
    .xRead = after_writes<&sqlite3_io_methods::xRead, void*, int, Offset>,
    .xWrite = write,
    .xTruncate = after_writes<&sqlite3_io_methods::xTruncate, Offset>,
    .xSync = after_writes<&sqlite3_io_methods::xSync, int>,
    .xFileSize = after_writes<&sqlite3_io_methods::xFileSize, Offset*>,
    .xLock = pass_on<&sqlite3_io_methods::xLock, int>,
    .xUnlock = pass_on<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = pass_on<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = pass_on<&sqlite3_io_methods::xFileControl, int, void*>,
    .xSectorSize = pass_on<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass_on<&sqlite3_io_methods::xDeviceCharacteristics>,
};

// Of an open file of the VFS below, whichever that is: other files than logs are its own.
constexpr int file_bytes_max = 1024;
static_assert(sizeof(Log) <= file_bytes_max);

sqlite3_vfs* files_below() { return sqlite3_vfs_find(nullptr); }

int open(sqlite3_vfs* /*files*/, const char* name, sqlite3_file* file, int flags, int* got) {
  auto* below = files_below();
  file->pMethods = nullptr;
  if (below->szOsFile > file_bytes_max) {
    return SQLITE_CANTOPEN;
  }
  if ((flags & SQLITE_OPEN_WAL) == 0) {
    return below->xOpen(below, name, file, flags, got);
  }
  auto* opened = static_cast<sqlite3_file*>(sqlite3_malloc(below->szOsFile));
  if (opened == nullptr) {
    return SQLITE_NOMEM;
  }
  opened->pMethods = nullptr;
  const int code = below->xOpen(below, name, opened, flags, got);
  if (code != SQLITE_OK) {
    if (opened->pMethods != nullptr) {
      opened->pMethods->xClose(opened);
    }
    sqlite3_free(opened);
    return code;
  }
  auto* log = std::construct_at(static_cast<Log*>(file));
  log->pMethods = &methods;
  log->below = opened;
  return SQLITE_OK;
}

// What a function of the VFS below answers.
template <auto Function, class... Arguments>
int ask_below(sqlite3_vfs* /*files*/, Arguments... arguments) {
  auto* below = files_below();
  return (below->*Function)(below, arguments...);
}

sqlite3_vfs vfs{
    .iVersion = 2,
    .szOsFile = file_bytes_max,
    .mxPathname = 0,  // as below
    .zName = "wattback",
    .xOpen = open,
    .xDelete = ask_below<&sqlite3_vfs::xDelete, const char*, int>,
    .xAccess = ask_below<&sqlite3_vfs::xAccess, const char*, int, int*>,
    .xFullPathname = ask_below<&sqlite3_vfs::xFullPathname, const char*, int, char*>,
    .xRandomness = ask_below<&sqlite3_vfs::xRandomness, int, char*>,
    .xSleep = ask_below<&sqlite3_vfs::xSleep, int>,
    .xCurrentTime = ask_below<&sqlite3_vfs::xCurrentTime, double*>,
    .xGetLastError = ask_below<&sqlite3_vfs::xGetLastError, int, char*>,
    .xCurrentTimeInt64 = ask_below<&sqlite3_vfs::xCurrentTimeInt64, sqlite3_int64*>,
};

}  // namespace

const char* gathering_log_writes() {
  static const bool is_registered = [] {
    const auto* below = files_below();
    check(below != nullptr);
    vfs.mxPathname = below->mxPathname;
    constexpr int for_these = 0;
    return sqlite3_vfs_register(&vfs, for_these) == SQLITE_OK;
  }();
  check(is_registered);
  return vfs.zName;
}

}  // namespace wattback::store::sqlite

#include "faults/power/mount.h"

#include <sqlite3.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "store/sqlite/page_cache.h"

namespace wattback::power {
namespace {

struct Mounted {
  std::string folder;
  Disk* disk;
  Chance chance;     // guarded by SQLite, which draws for one thread at a time
  std::mutex mutex;  // guards the disk
};

std::optional<Mounted>& mounted() {
  static std::optional<Mounted> one;
  return one;
}

std::unique_lock<std::mutex> hold() { return std::unique_lock(mounted()->mutex); }

sqlite3_vfs& below() {
  static sqlite3_vfs* const unix_files = sqlite3_vfs_find("unix");
  return *unix_files;
}

// What SQLite holds of an open file: ours, and behind it that of the files below.
struct OpenFile {
  sqlite3_file base;
  Disk* disk;
  Disk::FileNumber number;
  bool syncs_names;  // with its next sync, as unixSync does for a journal or a log it has opened
};

OpenFile& ours(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
sqlite3_file* theirs(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<OpenFile*>(file) + 1);
}
bool has_power(sqlite3_file* file) { return ours(file).disk->has_power(); }

int close_file(sqlite3_file* file) {
  const int code = theirs(file)->pMethods->xClose(theirs(file));
  file->pMethods = nullptr;
  return code;
}

int read_file(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
  return has_power(file) ? theirs(file)->pMethods->xRead(theirs(file), bytes, count, offset)
                         : SQLITE_IOERR_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  const auto held = hold();
  if (!has_power(file)) {
    return SQLITE_IOERR_WRITE;
  }
  const int code = theirs(file)->pMethods->xWrite(theirs(file), bytes, count, offset);
  if (code != SQLITE_OK) {
    return code;
  }
  ours(file).disk->write(
      ours(file).number, static_cast<std::uint64_t>(offset),
      std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(count)));
  return has_power(file) ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const auto held = hold();
  if (!has_power(file)) {
    return SQLITE_IOERR_TRUNCATE;
  }
  const int code = theirs(file)->pMethods->xTruncate(theirs(file), size);
  if (code != SQLITE_OK) {
    return code;
  }
  ours(file).disk->truncate(ours(file).number, static_cast<std::uint64_t>(size));
  return has_power(file) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int sync_file(sqlite3_file* file, int /*flags*/) {
  const auto held = hold();
  auto& disk = *ours(file).disk;
  if (disk.has_power()) {
    disk.sync(ours(file).number);
  }
  if (disk.has_power() && ours(file).syncs_names) {
    disk.sync_names();
    ours(file).syncs_names = false;
  }
  return disk.has_power() ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return theirs(file)->pMethods->xFileSize(theirs(file), size);
}
int lock_file(sqlite3_file* file, int kind) {
  return theirs(file)->pMethods->xLock(theirs(file), kind);
}
int unlock_file(sqlite3_file* file, int kind) {
  return theirs(file)->pMethods->xUnlock(theirs(file), kind);
}
int check_lock(sqlite3_file* file, int* is_reserved) {
  return theirs(file)->pMethods->xCheckReservedLock(theirs(file), is_reserved);
}
int control_file(sqlite3_file* file, int what, void* argument) {
  if (what == SQLITE_FCNTL_SIZE_HINT || what == SQLITE_FCNTL_CHUNK_SIZE) {
    return SQLITE_NOTFOUND;  // they would change the file unseen
  }
  return theirs(file)->pMethods->xFileControl(theirs(file), what, argument);
}
int sector_size(sqlite3_file* file) { return theirs(file)->pMethods->xSectorSize(theirs(file)); }
int characteristics(sqlite3_file* file) {
  return theirs(file)->pMethods->xDeviceCharacteristics(theirs(file));
}
int map_memory(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  return theirs(file)->pMethods->xShmMap(theirs(file), region, bytes, extend, memory);
}
int lock_memory(sqlite3_file* file, int offset, int count, int flags) {
  return theirs(file)->pMethods->xShmLock(theirs(file), offset, count, flags);
}
void fence_memory(sqlite3_file* file) { theirs(file)->pMethods->xShmBarrier(theirs(file)); }
int unmap_memory(sqlite3_file* file, int remove) {
  return theirs(file)->pMethods->xShmUnmap(theirs(file), remove);
}

const sqlite3_io_methods methods{.iVersion = 2,  // without xFetch: pages are read and written
                                 .xClose = close_file,
                                 .xRead = read_file,
                                 .xWrite = write_file,
                                 .xTruncate = truncate_file,
                                 .xSync = sync_file,
                                 .xFileSize = file_size,
                                 .xLock = lock_file,
                                 .xUnlock = unlock_file,
                                 .xCheckReservedLock = check_lock,
                                 .xFileControl = control_file,
                                 .xSectorSize = sector_size,
                                 .xDeviceCharacteristics = characteristics,
                                 .xShmMap = map_memory,
                                 .xShmLock = lock_memory,
                                 .xShmBarrier = fence_memory,
                                 .xShmUnmap = unmap_memory,
                                 .xFetch = nullptr,
                                 .xUnfetch = nullptr};

// The name of a file on the disk; none where it lies elsewhere.
std::optional<std::string> name_of(const char* path) {
  if (!mounted() || path == nullptr || !std::string_view(path).starts_with(mounted()->folder)) {
    return std::nullopt;
  }
  return path + mounted()->folder.size();
}

int open_file(sqlite3_vfs* /*files*/, const char* path, sqlite3_file* file, int flags, int* got) {
  const auto name = name_of(path);
  if (!name) {
    return below().xOpen(&below(), path, file, flags, got);
  }
  file->pMethods = nullptr;
  const auto held = hold();
  auto& disk = *mounted()->disk;
  if (!disk.has_power()) {
    return SQLITE_CANTOPEN;
  }
  const int code = below().xOpen(&below(), path, theirs(file), flags, got);
  if (code != SQLITE_OK) {
    return code;
  }
  constexpr int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  const bool may_make = (flags & SQLITE_OPEN_CREATE) != 0;
  const auto known = disk.find(*name);
  check(known || may_make);
  ours(file) = {.base = {.pMethods = &methods},
                .disk = &disk,
                .number = known ? *known : disk.make(*name),
                .syncs_names = may_make && (flags & journals) != 0};
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* /*files*/, const char* path, int sync_folder) {
  const auto name = name_of(path);
  if (!name) {
    return below().xDelete(&below(), path, sync_folder);
  }
  const auto held = hold();
  auto& disk = *mounted()->disk;
  if (!disk.has_power()) {
    return SQLITE_IOERR_DELETE;
  }
  const int code = below().xDelete(&below(), path, 0);
  if (code != SQLITE_OK) {
    return code;
  }
  disk.remove(*name);
  if (disk.has_power() && sync_folder != 0) {
    disk.sync_names();
  }
  return disk.has_power() ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

int draw_bytes(sqlite3_vfs* /*files*/, int count, char* bytes) {
  if (!mounted()) {
    return below().xRandomness(&below(), count, bytes);
  }
  for (int i = 0; i < count; ++i) {
    bytes[i] = static_cast<char>(mounted()->chance.below(256));
  }
  return count;
}

void install() {
  static const bool is_installed = [] {
    check(store::sqlite::use_knowing_page_cache());  // first, as in the product
    static sqlite3_vfs files = below();
    files.szOsFile = static_cast<int>(sizeof(OpenFile)) + below().szOsFile;
    files.pNext = nullptr;
    files.zName = "power";
    files.xOpen = open_file;
    files.xDelete = remove_file;
    files.xRandomness = draw_bytes;
    constexpr int for_all = 1;
    return sqlite3_vfs_register(&files, for_all) == SQLITE_OK;
  }();
  check(is_installed);
}

}  // namespace

Mount::Mount(const std::filesystem::path& folder, Disk& disk, std::uint64_t seed) {
  check(!mounted());
  install();
  mounted().emplace(std::filesystem::canonical(folder).string() + "/", &disk, Chance(seed));
  sqlite3_randomness(0, nullptr);  // seeds it anew
}

Mount::~Mount() { mounted().reset(); }

std::unique_lock<std::mutex> Mount::hold() { return power::hold(); }

}  // namespace wattback::power

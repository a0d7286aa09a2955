// Puts a folder on a disk that may lose its power: SQLite, as everything in this program uses it,
// tells the disk what it does there.
#pragma once

#include <filesystem>
#include <mutex>

#include "faults/power/disk.h"

namespace wattback::power {

// One at a time. The folder must hold what the disk holds. Once the disk has no power, whatever
// SQLite asks of a file there fails. Files elsewhere are as ever.
//
// The index of a write-ahead log (-shm) is memory that all share, not a file that is written: it is
// no part of the disk.
class Mount {
 public:
  // From `seed` come the numbers that SQLite draws by chance.
  Mount(const std::filesystem::path& folder, Disk& disk, std::uint64_t seed);
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  ~Mount();  // nothing in the folder may be open

  // As long as it is held nothing comes to the disk. Its watcher is told while it is held.
  std::unique_lock<std::mutex> hold();
};

}  // namespace wattback::power

// Gathers what SQLite writes to a write-ahead log: a head of 24 bytes and a page for each frame,
// each by a call of its own, become one write of many frames.
#pragma once

#include <cstddef>

namespace wattback::store::sqlite {

// Of one write. SQLite's own VFS takes less than 128 KiB (seekAndWriteFd in os_unix.c).
inline constexpr std::size_t log_writes_bytes_max = std::size_t{127} << 10U;

// The name of a VFS (https://sqlite.org/vfs.html) whose logs hold back what is written to them
// until they are synced, or anything else is asked of them. All else, and what they write, goes to
// the VFS that is SQLite's default when a file is opened.
//
// For connections that write to the log at a commit alone and sync it there, before others are told
// of it: `synchronous = FULL` and `cache_spill = OFF`. So what is held back is known to nobody
// else, and none of it is left when the commit ends: a write that fails ends it, and what was held
// is forgotten.
const char* gathering_log_writes();

}  // namespace wattback::store::sqlite

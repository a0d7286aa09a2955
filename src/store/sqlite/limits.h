// The limits of the SQLite driver.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wattback::store::sqlite {

// Of one commit, as `capabilities` tells them. A commit holds the one write lock of the file, so
// its size is how long other processes may have to wait.
inline constexpr std::size_t commit_changes_max = 10'000;
inline constexpr std::size_t commit_bytes_max = std::size_t{16} << 20U;
inline constexpr std::size_t document_bytes_max = std::size_t{1} << 20U;

inline constexpr std::size_t prepared_max = 256;  // statements kept prepared, each connection

// Connections that read, snapshots included: at once, and kept open for the next reader.
inline constexpr std::size_t readers_max = 32;
inline constexpr std::size_t idle_readers_max = 4;

// The write-ahead log: how often it is moved into the file without keeping others from writing, and
// after how few pages at once the rest is moved while nobody writes. And in bytes, to which it
// shrinks again after a long snapshot has let it grow.
inline constexpr int log_passes_max = 8;
inline constexpr int log_rest_max = 256;
inline constexpr std::int64_t log_bytes_kept_max = std::int64_t{64} << 20U;

}  // namespace wattback::store::sqlite

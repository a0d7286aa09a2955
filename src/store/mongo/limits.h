// The limits of the MongoDB driver.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wattback::store::mongo {

// MongoDB 5.0: snapshot reads outside transactions. As `hello` says it.
inline constexpr std::int32_t wire_version_min = 13;

// Of one commit, as `capabilities` tells them. MongoDB ends a transaction after 60 s
// (transactionLifetimeLimitSeconds); one of this size takes about one.
inline constexpr std::size_t commit_changes_max = 10'000;
inline constexpr std::size_t commit_bytes_max = std::size_t{16} << 20U;
inline constexpr std::size_t document_bytes_max = std::size_t{1} << 20U;

// Of one command, near enough: MongoDB takes 16 MiB.
inline constexpr std::size_t command_bytes_max = std::size_t{12} << 20U;

// Documents in one answer of a scan; keys of one query, and of one for keys of several fields.
inline constexpr std::int32_t scan_batch_documents = 1'000;
inline constexpr std::size_t keys_max = 10'000;
inline constexpr std::size_t alternatives_max = 200;

// Fields of no schema that are told of, of one collection.
inline constexpr std::size_t unknown_fields_max = 20;

// How long MongoDB keeps what a snapshot reads (minSnapshotHistoryWindowInSeconds, its default).
inline constexpr std::chrono::seconds snapshot_lasts{300};

// Connections at once, snapshots and the one that listens for changes included, and how long who
// wants one more waits.
inline constexpr std::uint32_t clients_max = 64;
inline constexpr std::chrono::milliseconds client_wait_max{10'000};

// How long a server is looked for, how often it is looked after, and how long an answer is waited
// for, where the address says nothing else.
inline constexpr std::chrono::milliseconds selection_wait_max{5'000};
inline constexpr std::chrono::milliseconds heartbeat{2'000};
inline constexpr std::chrono::milliseconds answer_wait_max{30'000};

// How long one server is asked what it is, where the driver found none that is what the address
// says.
inline constexpr std::chrono::milliseconds direct_wait_max{2'000};

// One commitTransaction, on the server; and the pauses between two while its fate is unknown.
inline constexpr std::chrono::milliseconds commit_time_max{10'000};
inline constexpr std::chrono::milliseconds commit_pause_min{5};
inline constexpr std::chrono::milliseconds commit_pause_max{500};

// How long changing a collection's validator waits for the transactions that use it; who begins one
// meanwhile waits behind it, or is refused.
inline constexpr std::chrono::milliseconds declaring_wait_max{2'000};

// How long, after another commit stood in the way of ours, we wait to see what it changed; and how
// long for so many ms after that was in vain, since it may be of a process that is gone.
inline constexpr std::chrono::milliseconds rival_wait_max{200};
inline constexpr std::chrono::milliseconds rival_wait_min{50};
inline constexpr std::chrono::milliseconds rival_stands{2'000};
inline constexpr std::chrono::milliseconds rival_pause{2};

// Listening for the changes of other processes: one answer to wait for, how long the first who asks
// waits for the stream, and how often revisions move while there is none.
inline constexpr std::chrono::milliseconds stream_wait{100};
inline constexpr std::chrono::milliseconds stream_start_wait_max{1'000};
inline constexpr std::chrono::milliseconds stream_lost_after{700};
inline constexpr std::chrono::milliseconds revision_fallback{800};

// How late `revision` tells of them, with time for the server to send and for us to be scheduled.
inline constexpr std::chrono::milliseconds revision_delay{1'000};

}  // namespace wattback::store::mongo

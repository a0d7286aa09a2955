// Points given, taken or written off by an administrator, with a reason.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/points.h"
#include "base/time.h"
#include "store/codec.h"

namespace wattback::points {

struct Adjustment {
  AdjustmentId adjustment_id;
  UserId user_id;
  Points points;  // given, or taken where negative; of a write-off, no longer owed; never 0
  std::string reason_code;
  Actor actor;
  std::int64_t seq = 0;  // its ledger entry
  Fingerprint fingerprint{};
  Instant created_at;
};

inline constexpr store::Collection adjustments_collection{"adjustments"};

const store::Codec<Adjustment>& adjustments_codec();
AdjustmentId adjustment_id(const UserId& user, const IdempotencyKey& key);

// Of what an adjustment asks for, by the operation that asked.
inline constexpr std::string_view operation_adjust = "adjust";
inline constexpr std::string_view operation_write_off = "write-off";
Fingerprint adjustment_fingerprint(std::string_view operation, Points points,
                                   std::string_view reason_code);
bool is_write_off(const Adjustment& adjustment);
store::Key adjustment_key(const AdjustmentId& id);

}  // namespace wattback::points

// Who makes a request, and whether that one may.
#pragma once

#include <span>

#include "api/call.h"

namespace wattback::api {

// Finds out who calls, from the Authorization field. `unauthenticated`, or `forbidden` where that
// one is not among those who may.
Result<void> admit(Call& call, std::span<const CallerKind> callers);

// Whether the caller that was admitted would be still, for what begins long after: not where the
// session has ended, the token was revoked or the role is another. `unauthenticated` or
// `forbidden`. What has only expired since the request came is good.
Result<void> admit_still(const Call& call);

// Finds the user that the path names. `not_found` for a member who names another one, whether there
// is one or not.
Result<void> find_member(Call& call);

}  // namespace wattback::api

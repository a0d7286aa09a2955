#include "operations/audit_access.h"

#include <fmt/format.h>

namespace wattback::operations {

void check_session(Findings& findings, const access::Session& session) {
  const auto name = name_of(access::key(session.session_id));
  if (session.expires_at <= session.created_at) {
    findings.report(
        Invariant::references, name,
        fmt::format("expires_at is {}, not after created_at {}",
                    wattback::to_text(session.expires_at), wattback::to_text(session.created_at)));
  }
}

TokenPass::TokenPass(Findings& findings, store::Snapshot& snapshot, const OwnerRange& range)
    : findings_(&findings),
      snapshot_(&snapshot),
      tokens_(findings, snapshot, access::tokens_codec(), store::primary_index, range) {}

std::optional<Uuid> TokenPass::next() {
  const auto id = tokens_.owner();
  if (id) {
    while (const auto token = tokens_.next(*id)) {
      check(*token);
    }
  }
  return id;
}

void TokenPass::check(const access::Token& token) {
  const auto name = name_of(access::key(token.token_id));
  const UserId maker{token.created_by.uuid};
  if (token.created_by != operator_actor && !is_there(*snapshot_, users::key(maker))) {
    findings_->report(Invariant::references, name,
                      fmt::format("created_by {} is not in users", wattback::to_text(maker)));
  }
  if (token.expires_at && *token.expires_at <= token.created_at) {
    findings_->report(
        Invariant::references, name,
        fmt::format("expires_at is {}, not after created_at {}",
                    wattback::to_text(*token.expires_at), wattback::to_text(token.created_at)));
  }
}

}  // namespace wattback::operations

// Sessions and tokens as an audit sees them: I8.
#pragma once

#include <optional>

#include "access/session.h"
#include "access/token.h"
#include "operations/audit_stream.h"
#include "store/store.h"

namespace wattback::operations {

void check_session(Findings& findings, const access::Session& session);

// Checks each token by itself, and that who made it is there.
class TokenPass {
 public:
  TokenPass(Findings& findings, store::Snapshot& snapshot, const OwnerRange& range);
  std::optional<Uuid> next();  // audits the next token; nothing at the end

 private:
  void check(const access::Token& token);

  Findings* findings_;
  store::Snapshot* snapshot_;
  OwnedStream<access::Token> tokens_;
};

}  // namespace wattback::operations

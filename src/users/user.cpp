#include "users/user.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace wattback::users {

const store::Codec<User>& codec() {
  static const store::Codec<User> codec(
      collection,
      {store::field<&User::user_id>("user_id"), store::field<&User::name>("name"),
       store::field<&User::email>("email"), store::field<&User::email_digest>("email_digest"),
       store::field<&User::password>("password"), store::field<&User::total_points>("total_points"),
       store::field<&User::role>("role"), store::field<&User::status>("status"),
       store::field<&User::time_zone>("time_zone"), store::field<&User::points_owed>("points_owed"),
       store::field<&User::points_carry>("points_carry"),
       store::field<&User::ledger_seq>("ledger_seq"),
       store::field<&User::ledger_head>("ledger_head"),
       store::field<&User::created_at>("created_at"), store::field<&User::updated_at>("updated_at"),
       store::field<&User::edition>("edition"), store::field<&User::version>("version")});
  return codec;
}

store::Key key(const UserId& id) { return {.collection = collection, .values = {id.uuid}}; }

store::Key email_key(const Digest& email_digest) {
  return {.collection = collection,
          .index = index_email,
          .values = {store::ValueForm<Digest>::to(email_digest)}};
}

Result<std::string> parse_email(std::string_view text) {
  auto email = parse_text("email", text, email_max);
  if (!email) {
    return email;
  }
  const auto at = text.find('@');
  const bool well_formed = at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
                           text.find('@', at + 1) == std::string_view::npos &&
                           std::ranges::none_of(text, [](char c) { return c == ' '; });
  if (!well_formed) {
    return fail_field("email", fmt::format("'{}' is no email address", text));
  }
  return email;
}

Digest email_digest(std::string_view email) { return sha256(fold(email)); }

Result<Role> parse_role(std::string_view text) {
  if (const auto role = from_text<Role>(text)) {
    return *role;
  }
  return fail_field("role", fmt::format("'{}' is neither User nor Admin", text));
}

}  // namespace wattback::users

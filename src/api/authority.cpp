#include "api/authority.h"

#include <algorithm>

#include "base/text.h"
#include "users/reads.h"

namespace wattback::api {
namespace {

constexpr std::string_view scheme = "bearer ";  // RFC 6750; compared without case

std::optional<std::string_view> bearer_of(const http::Request& request) {
  const auto* field = request.headers.find("authorization");
  if (field == nullptr || field->size() <= scheme.size()) {
    return std::nullopt;
  }
  const std::string_view text = *field;
  const bool is_bearer =
      std::ranges::equal(text.substr(0, scheme.size()), scheme, [](char given, char expected) {
        return (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given) == expected;
      });
  return is_bearer ? std::optional(text.substr(scheme.size())) : std::nullopt;
}

CallerKind kind_of(const access::Caller& caller) {
  const auto* signed_in = std::get_if<access::SignedIn>(&caller);
  if (signed_in == nullptr) {
    return CallerKind::usage_token;
  }
  return signed_in->user.role == users::Role::admin ? CallerKind::admin : CallerKind::member;
}

bool is_among(std::span<const CallerKind> callers, CallerKind kind) {
  return std::ranges::find(callers, kind) != callers.end();
}

}  // namespace

Result<void> admit(Call& call, std::span<const CallerKind> callers) {
  if (is_among(callers, CallerKind::anyone)) {
    return {};
  }
  const auto bearer = bearer_of(call.request());
  if (!bearer) {
    return fail(ErrorCode::unauthenticated,
                "sign in: Authorization: Bearer is missing, with a session or token");
  }
  auto caller = access::authenticate(call.store(), *bearer, call.now());
  if (!caller) {
    return std::unexpected(std::move(caller.error()));
  }
  const auto kind = kind_of(*caller);
  if (!is_among(callers, kind)) {
    return fail(ErrorCode::forbidden, kind == CallerKind::usage_token
                                          ? "a usage token may only record and read usage"
                                          : "this is for administrators");
  }
  call.set_caller(*std::move(caller));
  return {};
}

Result<void> admit_still(const Call& call) {
  auto caller = access::authenticate(call.store(), bearer_of(call.request()).value(), call.now());
  if (!caller) {
    return std::unexpected(std::move(caller.error()));
  }
  if (kind_of(*caller) != kind_of(call.caller())) {
    return fail(ErrorCode::forbidden, "the caller's role was changed while the body was sent");
  }
  return {};
}

Result<void> find_member(Call& call) {
  const auto text = call.parameters().text("user_id");
  if (call.is_token() && text == "me") {
    return fail(ErrorCode::forbidden, "a usage token is nobody's own: name the user");
  }
  if (!call.is_token()) {
    const auto& caller = call.user();
    if (text == "me" || parse_uuid(text) == caller.user_id.uuid) {
      return {};
    }
  }
  auto member = call.is_token() || call.is_admin()
                    ? users::find(call.store(), UserId{parse_uuid(text).value()})
                    : std::nullopt;
  if (!member) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  call.set_member(*std::move(member));
  return {};
}

}  // namespace wattback::api

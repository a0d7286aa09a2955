// tokens: create, list, revoke.
#include "access/commands.h"
#include "access/reads.h"
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/verbs.h"

namespace wattback::cli {
namespace {

struct CreateOptions {
  std::string name;
  std::optional<std::string> expires;
};

void declare_create(CLI::App& verb, CreateOptions& options) {
  verb.add_option("--name", options.name, "Who or what will use it")->required();
  verb.add_option("--expires", options.expires,
                  "The day it stops to work, at 00:00 UTC; never if not given");
}

Result<Answer> create(const Invocation& invocation, const CreateOptions& options) {
  std::optional<Instant> expires_at;
  if (options.expires) {
    const auto day = parse_day_option("--expires", *options.expires);
    if (!day) {
      return std::unexpected(day.error());
    }
    expires_at = Instant(day->time_since_epoch());
  }
  const auto session = invocation.open();
  const auto now = invocation.environment.now();
  const auto made = security::make_bearer(security::BearerKind::token, make_uuid_v7(now));
  const auto token = session->committer().run(
      access::CreateToken{.bearer = made.bearer,
                          .name = options.name,
                          .expires_at = expires_at,
                          .tokens_held = access::count_tokens(session->store(), now),
                          .actor = operator_actor,
                          .now = now});
  if (!token) {
    return std::unexpected(token.error());
  }
  auto form = form_of(*token);
  form["token"] = made.text;
  auto text = render(form) + "It is shown this once. Keep it as you would a password.\n";
  return Answer{.data = std::move(form), .text = std::move(text)};
}

Result<Answer> list(const Invocation& invocation, const PageOptions& options) {
  static const auto shape = shape_of(access::tokens_collection, access::index_created_at);
  const auto session = invocation.open();
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return access::list_tokens(session->store(), limit, std::move(after));
  };
  return list_page(invocation, options, shape, read);
}

struct RevokeOptions {
  std::string token;
};

void declare_revoke(CLI::App& verb, RevokeOptions& options) {
  verb.add_option("token", options.token, "The token's id")->required();
}

Result<Answer> revoke(const Invocation& invocation, const RevokeOptions& options) {
  const auto id = parse_id_option("token", options.token);
  if (!id) {
    return std::unexpected(id.error());
  }
  const auto session = invocation.open();
  const auto token = session->committer().run(
      access::RevokeToken{.token = {*id}, .now = invocation.environment.now()});
  if (!token) {
    return std::unexpected(token.error());
  }
  return Answer{.data = form_of(*token)};
}

}  // namespace

void add_tokens(Verbs& verbs) {
  auto* group = verbs.group("tokens", "What integrators show to record and read usage");
  verbs.add<CreateOptions>(group, "create", "Make a token", declare_create, create);
  verbs.add<PageOptions>(group, "list", "Tokens, newest first", declare_page, list);
  verbs.add<RevokeOptions>(group, "revoke", "Make a token useless, for ever", declare_revoke,
                           revoke);
}

}  // namespace wattback::cli

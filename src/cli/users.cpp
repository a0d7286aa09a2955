// users: create, show, list, edit, suspend, resume, set-password.
#include "base/text.h"
#include "cli/common_options.h"
#include "cli/forms.h"
#include "cli/initial_load.h"
#include "cli/inputs.h"
#include "cli/paging.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "users/commands.h"
#include "users/reads.h"

namespace wattback::cli {
namespace {

struct CreateOptions {
  std::string email;
  std::string name;
  std::string role = "User";
  std::optional<std::string> time_zone;
  std::optional<std::string> password_file;
};

void declare_create(CLI::App& verb, CreateOptions& options) {
  verb.add_option("--email", options.email, "Email address; unique")->required();
  verb.add_option("--name", options.name, "Full name")->required();
  verb.add_option("--role", options.role, "What the user may do")
      ->check(one_of(words_of<users::Role>()))
      ->capture_default_str();
  verb.add_option("--time-zone", options.time_zone, "IANA zone; the programme's if not given");
  verb.add_option("--password-file", options.password_file,
                  "A file whose first line is the password; - for standard input, or to be asked "
                  "for it")
      ->type_name(file_value);
}

Result<std::string> hash_from_file(const Invocation& invocation, const std::string& path) {
  const auto password = read_secret(invocation.environment, path);
  if (!password) {
    return password;
  }
  return security::hash_password(*password, invocation.environment.hash_cost(invocation.settings));
}

Result<Answer> create(const Invocation& invocation, const CreateOptions& options) {
  const auto zone = parse_zone(options.time_zone);
  if (!zone) {
    return std::unexpected(zone.error());
  }
  if (const auto name = parse_text("name", options.name, users::name_max); !name) {
    return std::unexpected(name.error());  // before a store is made for it
  }
  const auto email = users::parse_email(options.email);
  if (!email) {
    return std::unexpected(email.error());
  }
  auto password = options.password_file ? hash_from_file(invocation, *options.password_file)
                                        : Result<std::string>("");
  if (!password) {
    return std::unexpected(password.error());
  }
  const auto session = invocation.open_or_start();
  const auto now = invocation.environment.now();
  const auto user = session->committer().run(
      users::CreateUser{.user = {make_uuid_v7(now)},
                        .name = options.name,
                        .email = *email,
                        .role = from_text<users::Role>(options.role).value(),
                        .time_zone = *zone,
                        .password = std::move(*password),
                        .now = now});
  if (!user) {
    return std::unexpected(user.error());
  }
  return Answer{.data = form_of(*user)};
}

struct ShowOptions {
  std::string user;
};

void declare_show(CLI::App& verb, ShowOptions& options) {
  verb.add_option("--user", options.user, "The user's email")->required();
}

Result<Answer> show(const Invocation& invocation, const ShowOptions& options) {
  const auto session = invocation.open();
  const auto user = user_by_email(*session, options.user);
  if (!user) {
    return std::unexpected(user.error());
  }
  return Answer{.data = form_of(*user)};
}

Result<Answer> list(const Invocation& invocation, const PageOptions& options) {
  static const auto shape = shape_of(users::collection, users::index_total_points);
  const auto session = invocation.open();
  const auto read = [&](std::size_t limit, store::Cursor after) {
    return users::list_by_points(session->store(), limit, std::move(after));
  };
  return list_page(invocation, options, shape, read);
}

struct EditOptions {
  std::string user;
  std::optional<std::string> name;
  std::optional<std::string> email;
  std::optional<std::string> role;
  std::optional<std::string> time_zone;
  bool programme_time_zone = false;
};

void declare_edit(CLI::App& verb, EditOptions& options) {
  verb.add_option("--user", options.user, "The user's email as it is now")->required();
  verb.add_option("--name", options.name, "Another full name");
  verb.add_option("--email", options.email, "Another email address");
  verb.add_option("--role", options.role, "What the user may do from now on")
      ->check(one_of(words_of<users::Role>()));
  auto* zone = verb.add_option("--time-zone", options.time_zone, "Another IANA zone");
  verb.add_flag("--programme-time-zone", options.programme_time_zone,
                "The programme's zone again, whichever it is")
      ->excludes(zone);
}

// Finds the user and commits the edit of it.
Result<Answer> commit_edit(Session& session, const std::string& email, users::EditUser edit) {
  const auto user = user_by_email(session, email);
  if (!user) {
    return std::unexpected(user.error());
  }
  edit.user = user->user_id;
  if (users::administers(*user) && edit.may_end_administration()) {
    edit.other_administrator = users::find_other_administrator(session.store(), user->user_id);
  }
  const auto edited = session.committer().run(std::move(edit));
  if (!edited) {
    return std::unexpected(edited.error());
  }
  return Answer{.data = form_of(*edited)};
}

Result<Answer> edit(const Invocation& invocation, const EditOptions& options) {
  const auto zone = parse_zone(options.time_zone);
  if (!zone) {
    return std::unexpected(zone.error());
  }
  users::EditUser edit{.user = {},
                       .name = options.name,
                       .email = options.email,
                       .time_zone = *zone,
                       .takes_programme_zone = options.programme_time_zone,
                       .now = invocation.environment.now()};
  if (options.role) {
    edit.role = from_text<users::Role>(*options.role);
  }
  const auto session = invocation.open();
  return commit_edit(*session, options.user, std::move(edit));
}

Result<Answer> set_status(const Invocation& invocation, const ShowOptions& options,
                          users::Status status) {
  const auto session = invocation.open();
  return commit_edit(*session, options.user,
                     {.user = {}, .status = status, .now = invocation.environment.now()});
}

Result<Answer> suspend(const Invocation& invocation, const ShowOptions& options) {
  return set_status(invocation, options, users::Status::suspended);
}

Result<Answer> resume(const Invocation& invocation, const ShowOptions& options) {
  return set_status(invocation, options, users::Status::active);
}

struct PasswordOptions {
  std::string user;
  std::string password_file;
};

void declare_password(CLI::App& verb, PasswordOptions& options) {
  verb.add_option("--user", options.user, "The user's email")->required();
  verb.add_option("--password-file", options.password_file,
                  "A file whose first line is the password; - for standard input, or to be asked "
                  "for it")
      ->required()
      ->type_name(file_value);
}

Result<Answer> set_password(const Invocation& invocation, const PasswordOptions& options) {
  auto password = hash_from_file(invocation, options.password_file);
  if (!password) {
    return std::unexpected(password.error());
  }
  const auto session = invocation.open();
  return commit_edit(
      *session, options.user,
      {.user = {}, .password = std::move(*password), .now = invocation.environment.now()});
}

}  // namespace

void add_users(Verbs& verbs) {
  auto* group = verbs.group("users", "Members and administrators");
  verbs.add<CreateOptions>(group, "create", "Make a user, and the store where there is none",
                           declare_create, create);
  verbs.add<ShowOptions>(group, "show", "One user, by email", declare_show, show);
  verbs.add<PageOptions>(group, "list", "Users by total points, highest first", declare_page, list);
  verbs.add<EditOptions>(group, "edit", "Change name, email, role or time zone", declare_edit,
                         edit);
  verbs.add<ShowOptions>(group, "suspend", "Keep a user from signing in and redeeming",
                         declare_show, suspend);
  verbs.add<ShowOptions>(group, "resume", "Lift a suspension", declare_show, resume);
  verbs.add<PasswordOptions>(group, "set-password",
                             "Set a password, also of a lost administrator's", declare_password,
                             set_password);
  add_users_import(verbs, group);
}

}  // namespace wattback::cli

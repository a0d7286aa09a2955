#include "meters/commands.h"

#include <fmt/format.h>

#include "base/text.h"
#include "users/user.h"

namespace wattback::meters {
namespace {

Result<void> check_label(commit::Workspace& workspace, const UserId& user,
                         const std::string& label) {
  if (const auto parsed = parse_text("meter", label, label_max); !parsed) {
    return std::unexpected(parsed.error());
  }
  if (workspace.find(label_key(user, label)) != nullptr) {
    return fail(ErrorCode::already_exists,
                fmt::format("the member has another meter labelled '{}'", label));
  }
  return {};
}

// Ids derive from first labels: whether the meter that began with the one of a draft has another
// now.
bool has_moved_on(const Meter& meter, const MeterReference& draft) {
  return draft.is_draft && !draft.identifier && meter.label != draft.label;
}

Error refuse_first_label(const Meter& meter, const std::string& label) {
  return fail(ErrorCode::already_exists,
              fmt::format("'{}' was the first label of the member's meter '{}', and no other can "
                          "begin with it; choose another one",
                          label, meter.label))
      .error();
}

}  // namespace

// Readings that name no meter go to the one that began as `default`, whatever its label.
Result<FoundMeter> find_or_draft(commit::Workspace& workspace, const UserId& user,
                                 const MeterReference& reference) {
  if (auto meter = workspace.get(codec(), key(user, reference.meter_id))) {
    check(meter->user_id == user);
    if (has_moved_on(*meter, reference) && reference.label != default_label) {
      return std::unexpected(refuse_first_label(*meter, reference.label));
    }
    return FoundMeter{.meter = std::move(*meter), .is_new = false};
  }
  if (const auto free = check_label(workspace, user, reference.label); !free) {
    return std::unexpected(free.error());
  }
  if (reference.meters_held >= meters_max) {
    return fail(ErrorCode::limit_exceeded,
                fmt::format("a member has at most {} meters", meters_max));
  }
  if (reference.identifier) {
    const auto parsed = parse_text("meter_identifier", *reference.identifier, identifier_max);
    if (!parsed) {
      return std::unexpected(parsed.error());
    }
  }
  Meter meter{.meter_id = reference.meter_id,
              .user_id = user,
              .label = reference.label,
              .identifier = reference.identifier};
  if (reference.identifier) {
    meter.identifier_digest = identifier_digest(*reference.identifier);
  }
  return FoundMeter{.meter = std::move(meter), .is_new = true};
}

std::vector<store::Key> CreateMeter::keys() const {
  return {users::key(user), key(user, meter.meter_id), label_key(user, meter.label)};
}

Result<Meter> CreateMeter::decide(commit::Workspace& workspace) const {
  const auto member = workspace.get(users::codec(), users::key(user));
  if (!member) {
    return fail(ErrorCode::not_found, "there is no such user");
  }
  auto found = find_or_draft(workspace, user, meter);
  if (!found) {
    return std::unexpected(found.error());
  }
  if (has_moved_on(found->meter, meter)) {
    return std::unexpected(refuse_first_label(found->meter, meter.label));
  }
  if (found->is_new) {
    workspace.insert(codec(), found->meter);
    workspace.replace(users::codec(), *member);
  }
  return found->meter;
}

std::vector<store::Key> RelabelMeter::keys() const {
  return {users::key(user), key(user, meter), label_key(user, label)};
}

Result<Meter> RelabelMeter::decide(commit::Workspace& workspace) const {
  const auto member = workspace.get(users::codec(), users::key(user));
  auto found = workspace.get(codec(), key(user, meter));
  if (!member || !found || found->user_id != user) {
    return fail(ErrorCode::not_found, "the member has no such meter");
  }
  if (found->label == label) {
    return *found;
  }
  if (const auto free = check_label(workspace, user, label); !free) {
    return std::unexpected(free.error());
  }
  found->label = label;
  workspace.replace(codec(), *found);
  workspace.replace(users::codec(), *member);
  return *found;
}

}  // namespace wattback::meters

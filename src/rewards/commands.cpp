#include "rewards/commands.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wattback::rewards {
namespace {

constexpr std::string_view opening_reason = "opening";

Result<void> check_terms(const std::string& name, const std::string& description,
                         Points points_required) {
  if (const auto parsed = parse_text("name", name, name_max); !parsed) {
    return std::unexpected(parsed.error());
  }
  if (description.size() > description_max || !is_utf8(description)) {
    return fail_field("description",
                      fmt::format("must be UTF-8 of at most {} bytes", description_max));
  }
  if (has_control_characters(description)) {
    return fail_field("description", "must not hold control characters but the ends of lines");
  }
  if (points_required < Points{1} || points_required > points_max) {
    return fail_field("points_required", fmt::format("must be 1 to {}", points_max.count));
  }
  return {};
}

std::unexpected<Error> name_taken(const std::string& name) {
  return std::unexpected(Error{.code = ErrorCode::already_exists,
                               .detail = fmt::format("there is a reward named '{}' already", name),
                               .fields = {{"name", "already_exists", "is taken"}},
                               .log = {}});
}

StockMovement opening_movement(const CreateReward& command) {
  return {.movement_id = movement_id(command.reward, {std::string(opening_key)}),
          .reward_id = command.reward,
          .delta = command.stock,
          .reason_code = std::string(opening_reason),
          .actor = command.actor,
          .fingerprint = movement_fingerprint(command.stock, opening_reason),
          .created_at = command.now};
}

}  // namespace

std::vector<store::Key> CreateReward::keys() const { return {key(reward), name_key(name)}; }

Result<Reward> CreateReward::decide(commit::Workspace& workspace) const {
  if (auto own = workspace.get(codec(), key(reward))) {
    if (own->created_at == now) {
      return *own;
    }
    return name_taken(own->name);
  }
  if (const auto checked = check_terms(name, description, points_required); !checked) {
    return std::unexpected(checked.error());
  }
  if (stock < 0 || stock > stock_max) {
    return fail_field("stock", fmt::format("must be 0 to {}", stock_max));
  }
  if (workspace.find(name_key(name)) != nullptr) {
    return name_taken(name);
  }
  Reward created{.reward_id = reward,
                 .name = name,
                 .name_folded = fold(name),
                 .description = description,
                 .points_required = points_required,
                 .inventory = stock,
                 .stocked = stock,
                 .created_at = now,
                 .updated_at = now};
  workspace.insert(codec(), created);
  if (stock > 0) {
    workspace.insert(movements_codec(), opening_movement(*this));
  }
  return created;
}

std::vector<store::Key> EditReward::keys() const {
  std::vector<store::Key> keys{key(reward)};
  if (name) {
    keys.push_back(name_key(*name));
  }
  return keys;
}

Result<Reward> EditReward::decide(commit::Workspace& workspace) const {
  const auto before = workspace.get(codec(), key(reward));
  if (!before) {
    return fail(ErrorCode::not_found, "there is no such reward");
  }
  auto after = *before;
  after.name = name.value_or(before->name);
  after.name_folded = fold(after.name);
  after.description = description.value_or(before->description);
  after.points_required = points_required.value_or(before->points_required);
  after.status = status.value_or(before->status);
  if (const auto checked = check_terms(after.name, after.description, after.points_required);
      !checked) {
    return std::unexpected(checked.error());
  }
  if (codec().encode(after) == codec().encode(*before)) {
    return *before;
  }
  if (expected_edition && *expected_edition != before->edition) {
    return fail(ErrorCode::precondition_failed, "the reward was edited since");
  }
  if (after.name_folded != before->name_folded && workspace.find(name_key(after.name)) != nullptr) {
    return name_taken(after.name);
  }
  after.updated_at = now;
  ++after.edition;
  workspace.replace(codec(), after);
  return after;
}

std::vector<store::Key> MoveStock::keys() const {
  return {rewards::key(reward), movement_key(movement_id(reward, key))};
}

Result<StockReply> MoveStock::decide(commit::Workspace& workspace) const {
  auto stock = workspace.get(codec(), rewards::key(reward));
  if (!stock) {
    return fail(ErrorCode::not_found, "there is no such reward");
  }
  const auto id = movement_id(reward, key);
  if (auto done = workspace.get(movements_codec(), movement_key(id))) {
    if (done->fingerprint == movement_fingerprint(delta, reason_code)) {
      return StockReply{.movement = *std::move(done), .replayed = true};
    }
    return fail(ErrorCode::key_reused, "this idempotency key was used for another movement");
  }
  if (delta == 0 || delta > stock_max || delta < -stock_max) {
    return fail_field("delta", fmt::format("must be 1 to {}, or negative", stock_max));
  }
  if (const auto checked = parse_code("reason_code", reason_code); !checked) {
    return std::unexpected(checked.error());
  }
  if (stock->inventory + delta < 0) {
    return fail(ErrorCode::out_of_stock, fmt::format("there are {} units", stock->inventory));
  }
  if (stock->stocked + delta > stock_max) {
    return fail(ErrorCode::limit_exceeded, fmt::format("stock is at most {} units", stock_max));
  }
  stock->inventory += delta;
  stock->stocked += delta;
  workspace.replace(codec(), *stock);
  StockMovement movement{.movement_id = id,
                         .reward_id = reward,
                         .delta = delta,
                         .reason_code = reason_code,
                         .actor = actor,
                         .fingerprint = movement_fingerprint(delta, reason_code),
                         .created_at = now};
  workspace.insert(movements_codec(), movement);
  return StockReply{.movement = std::move(movement), .replayed = false};
}

}  // namespace wattback::rewards

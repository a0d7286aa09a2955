#include "support/faulty_store.h"

#include <iterator>
#include <thread>

namespace wattback::test_support {
namespace {

std::size_t bytes_of(const store::ChangeSet& changes) {
  std::size_t bytes = 0;
  for (const auto& change : changes.changes) {
    if (const auto* insert = std::get_if<store::Insert>(&change)) {
      bytes += store::bytes_of(insert->document);
    } else if (const auto* replace = std::get_if<store::Replace>(&change)) {
      bytes += store::bytes_of(replace->after);
    }
  }
  return bytes;
}

const store::Document& document_of(const store::Change& change) {
  if (const auto* insert = std::get_if<store::Insert>(&change)) {
    return insert->document;
  }
  if (const auto* replace = std::get_if<store::Replace>(&change)) {
    return replace->after;
  }
  return std::get<store::Remove>(change).before;
}

}  // namespace

Fault refused(store::Refusal::Reason reason, std::vector<store::Key> keys) {
  return {.kind = Fault::Kind::refused,
          .refusal = {.reason = reason, .keys = std::move(keys), .detail = "injected"}};
}

Fault unavailable() { return {.kind = Fault::Kind::unavailable}; }
Fault unknown_before() { return {.kind = Fault::Kind::unknown_before}; }
Fault unknown_after() { return {.kind = Fault::Kind::unknown_after}; }

std::vector<store::Key> keys_of(const store::Schema& schema, const store::ChangeSet& changes) {
  std::vector<store::Key> keys;
  for (const auto& change : changes.changes) {
    const auto collection = std::visit([](const auto& kind) { return kind.collection; }, change);
    const auto& described = schema.collection(collection);
    keys.push_back(store::primary_key(described, document_of(change)));
    std::ranges::move(store::unique_keys(described, document_of(change)), std::back_inserter(keys));
  }
  return keys;
}

std::vector<std::optional<store::Document>> FaultyStore::get(store::Collection collection,
                                                             std::span<const store::Key> keys) {
  if (before_get_) {
    before_get_(keys);
  }
  return below_->get(collection, keys);
}

Fault FaultyStore::planned(const store::ChangeSet& changes) {
  const std::lock_guard lock(plan_mutex_);
  return plan_ ? plan_(changes) : Fault{};
}

store::CommitResult FaultyStore::commit(const store::ChangeSet& changes) {
  auto fault = planned(changes);
  ++met_.at(static_cast<std::size_t>(fault.kind));
  if (fault.delay.count() > 0) {
    std::this_thread::sleep_for(fault.delay);
  }
  const auto can = capabilities();
  if (changes.changes.size() > can.commit_changes_max || bytes_of(changes) > can.commit_bytes_max) {
    return std::unexpected(
        store::Refusal{.reason = store::Refusal::Reason::invalid, .detail = "too large a commit"});
  }
  switch (fault.kind) {
    case Fault::Kind::none: {
      auto result = below_->commit(changes);
      if (result && after_commit_) {
        after_commit_();
      }
      return result;
    }
    case Fault::Kind::refused:
      return std::unexpected(std::move(fault.refusal));
    case Fault::Kind::unavailable:
      throw store::StoreUnavailable("injected: unavailable");
    case Fault::Kind::unknown_before:
      throw store::CommitUnknown("injected: nothing happened");
    case Fault::Kind::unknown_after:
      if (auto result = below_->commit(changes); !result) {
        return result;
      }
      throw store::CommitUnknown("injected: it happened");
  }
  return {};
}

FaultyStore::Plan in_turn(std::vector<Fault> faults) {
  return [faults = std::move(faults), next = std::size_t{0}](const store::ChangeSet&) mutable {
    return next < faults.size() ? faults[next++] : Fault{};
  };
}

}  // namespace wattback::test_support

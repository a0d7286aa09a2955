#include "operations/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "operations/audit_access.h"
#include "operations/audit_findings.h"
#include "operations/audit_imports.h"
#include "operations/audit_members.h"
#include "operations/audit_rewards.h"
#include "operations/audit_rules.h"
#include "operations/audit_stream.h"

namespace wattback::operations {
namespace {

// One moment of the store, and the rules as it has them.
struct View {
  View(store::Store& store, SteadyTime now)
      : snapshot(store.snapshot()), rules(load_rules(*snapshot)), opened(now) {}

  std::unique_ptr<store::Snapshot> snapshot;
  RuleBook rules;
  SteadyTime opened;
};

class Audit {
 public:
  Audit(store::Store& store, const AuditOptions& options)
      : store_(&store),
        options_(&options),
        snapshot_lasts_(store.capabilities().snapshot_lasts),
        findings_(options.on_break, options.on_progress),
        suspicions_({}, options.on_progress),
        confirmed_(options.on_break, {}) {}

  AuditReport run() {
    audit_programme(findings_, *view().snapshot);
    go_over("imports", [](Findings& findings, View& view, const OwnerRange& range) {
      return ImportPass(findings, *view.snapshot, range);
    });
    go_over("users", [](Findings& findings, View& view, const OwnerRange& range) {
      return MemberPass(findings, *view.snapshot, view.rules, range);
    });
    go_over("rewards", [](Findings& findings, View& view, const OwnerRange& range) {
      return RewardPass(findings, *view.snapshot, range);
    });
    go_over("tokens", [](Findings& findings, View& view, const OwnerRange& range) {
      return TokenPass(findings, *view.snapshot, range);
    });
    return {.checked = findings_.checked() + suspicions_.checked(),
            .broken = findings_.broken() + confirmed_.broken(),
            .snapshots = snapshots_,
            .open_days_max = std::max(findings_.open_days_max(), suspicions_.open_days_max())};
  }

 private:
  // Owner by owner; the snapshot is renewed between two of them.
  template <class MakePass>
  void go_over(std::string_view collection, MakePass make_pass) {
    auto& findings = snapshot_lasts_ ? suspicions_ : findings_;
    OwnerRange range;
    try {
      while (true) {
        auto& current = view();
        auto pass = make_pass(findings, current, range);
        do {
          const auto broken = findings.broken();
          range.after = pass.next();
          if (!range.after) {
            return;
          }
          if (snapshot_lasts_ && findings.broken() != broken) {
            confirm(make_pass, *range.after);
          }
        } while (!is_old(current));
      }
    } catch (const Unreadable& unreadable) {
      findings_.report(Invariant::references, std::string(collection),
                       fmt::format("what follows {} was not audited: {}",
                                   range.after ? wattback::to_text(*range.after) : "nothing",
                                   unreadable.what()));
    }
  }

  // An owner found broken is audited by itself in a fresh snapshot, which alone counts.
  template <class MakePass>
  void confirm(MakePass make_pass, const Uuid& owner) {
    const auto again = open();
    make_pass(confirmed_, *again, OwnerRange{.only = owner}).next();
  }

  View& view() {
    if (!view_ || is_old(*view_)) {
      view_.reset();
      view_ = open();
    }
    return *view_;
  }

  std::unique_ptr<View> open() {
    ++snapshots_;
    return std::make_unique<View>(*store_, options_->now());
  }

  // At half its life: one owner more must not outlive it.
  bool is_old(const View& view) const {
    return snapshot_lasts_ && options_->now() - view.opened >= *snapshot_lasts_ / 2;
  }

  store::Store* store_;
  const AuditOptions* options_;
  const std::optional<Seconds> snapshot_lasts_;
  std::unique_ptr<View> view_;
  std::uint64_t snapshots_ = 0;

  Findings findings_;
  Findings suspicions_;  // where snapshots end: counted, to be confirmed
  Findings confirmed_;
};

}  // namespace

AuditReport audit(store::Store& store, const AuditOptions& options) {
  return Audit(store, options).run();
}

}  // namespace wattback::operations

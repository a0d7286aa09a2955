// The rules of the programme (design.md, section 6) written afresh on plain maps and 128-bit
// integers. It is told the commands in the order in which they took effect and says what each
// answers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/model_facts.h"
#include "simulation/model_tables.h"

namespace wattback::simulation::model {

// Points are moved in whole; what an award has beyond them is carried on.
__extension__ using Wide = __int128;

class Model {
 public:
  Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model() = default;

  void start(const std::string& zone, const Rules& first);  // the programme and its first rules

  struct Outcome {
    Answer answer;
    bool changed = false;  // whether anything is now otherwise
  };
  // A submission decided again, after a commit whose fate was unknown, is told what it did.
  // `programme_zone`: the one it was decided with, where another's write may have overtaken it.
  Outcome execute(const Command& command, std::uint64_t submission,
                  const std::optional<std::string>& programme_zone = std::nullopt);

  // What a sequence of commands would answer, without their happening.
  void begin_trial() { journal_.keep(); }
  void end_trial() { journal_.roll_back(); }

  // Of the readings of a piece, what its import says of them: what was told. Nothing is recorded.
  void count(const RecordPiece& command, const std::vector<ReadingAnswer>& told);

  // Grows with every change, even of a trial.
  std::uint64_t changes() const { return journal_.changes(); }

  const std::map<UserId, User>& users() const { return users_.rows(); }
  const std::map<MeterId, Meter>& meters() const { return meters_.rows(); }
  const std::map<ReadingName, Reading>& readings() const { return readings_.rows(); }
  const std::map<MemberDay, DayTotals>& days() const { return days_.rows(); }
  const std::map<EntryName, Entry>& ledger() const { return ledger_.rows(); }
  const std::map<std::int64_t, Rules>& rules() const { return rules_.rows(); }
  const std::map<RewardId, Reward>& rewards() const { return rewards_.rows(); }
  const std::map<MovementName, Movement>& movements() const { return movements_.rows(); }
  const std::map<KeyOfUser, Redemption>& redemptions() const { return redemptions_.rows(); }
  const std::map<KeyOfUser, Adjustment>& adjustments() const { return adjustments_.rows(); }
  const std::map<ImportId, Import>& imports() const { return imports_.rows(); }
  const Programme& programme() const { return programme_.at(0); }

 private:
  Answer decide(const CreateUser& command);
  Answer decide(const EditUser& command);
  Answer decide(const CreateMeter& command);
  Answer decide(const RelabelMeter& command);
  Answer decide(const EditProgramme& command);
  Answer decide(const PublishRules& command);
  Answer decide(const Record& command);
  Answer decide(const Withdraw& command);
  Answer decide(const StartImport& command);
  Answer decide(const RecordPiece& command);
  Answer decide(const FinishImport& command);
  Answer decide(const WithdrawImport& command);
  Answer decide(const Adjust& command);
  Answer decide(const WriteOff& command);
  Answer decide(const CreateReward& command);
  Answer decide(const EditReward& command);
  Answer decide(const MoveStock& command);
  Answer decide(const Redeem& command);
  Answer decide(const Cancel& command);
  Answer decide(const Fulfil& command);

  // Usage.
  struct OpenDay;
  std::expected<RecordAnswer, ErrorCode> record(const Record& command);
  std::expected<Meter, ErrorCode> meter_to_be(const UserId& user, const MeterName& name) const;
  ReadingAnswer take(const Record& command, const Value& value, OpenDay& open);
  bool is_own(const Record& command, const Value& value, const Reading& stands) const;
  bool fits_day(const OpenDay& open, EnergyType type, std::int64_t change) const;
  std::int64_t change_day(OpenDay& open, EnergyType type, std::int64_t change, int readings);
  OpenDay open_day(const UserId& user, Day day);
  void close_day(const OpenDay& open, const std::string& cause, Instant now);
  std::int64_t rules_in_force(Day day) const;
  Wide award(const Rules& rules, const DayTotals& totals) const;

  // Points.
  void change_points(const UserId& user, std::int64_t change, Entry entry);
  Answer adjust(const UserId& user, const std::string& key, Adjustment wanted);
  std::int64_t total_after(const UserId& user, std::int64_t seq) const;
  AdjustmentAnswer adjustment_answer(const UserId& user, const Adjustment& adjustment,
                                     bool replayed) const;

  std::uint64_t submission_ = 0;
  std::string programme_zone_;  // that the command being executed sees
  Journal journal_;
  Table<UserId, User> users_;
  Table<std::string, UserId> emails_;  // by folded form
  Table<MeterId, Meter> meters_;
  Table<std::pair<UserId, std::string>, MeterId> labels_;
  Table<ReadingName, Reading> readings_;
  Table<MemberDay, DayTotals> days_;
  Table<EntryName, Entry> ledger_;
  Table<std::int64_t, Rules> rules_;
  Table<RewardId, Reward> rewards_;
  Table<std::string, RewardId> reward_names_;  // by folded form
  Table<MovementName, Movement> movements_;
  Table<KeyOfUser, Redemption> redemptions_;
  Table<KeyOfUser, Adjustment> adjustments_;
  Table<ImportId, Import> imports_;
  Table<int, Programme> programme_;
};

}  // namespace wattback::simulation::model

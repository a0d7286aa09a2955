// Between the model's terms and the product's: commands one way, replies and documents the other.
#pragma once

#include "earning/commands.h"
#include "importers/commands.h"
#include "meters/commands.h"
#include "points/commands.h"
#include "programme/commands.h"
#include "redemptions/commands.h"
#include "rewards/commands.h"
#include "simulation/model_facts.h"
#include "usage/commands.h"
#include "users/commands.h"

namespace wattback::simulation {

users::CreateUser to_product(const model::CreateUser& command);
users::EditUser to_product(const model::EditUser& command);
meters::CreateMeter to_product(const model::CreateMeter& command);
meters::RelabelMeter to_product(const model::RelabelMeter& command);
programme::EditProgramme to_product(const model::EditProgramme& command);
earning::PublishRules to_product(const model::PublishRules& command);
usage::RecordReadings to_product(const model::Record& command);
usage::WithdrawReadings to_product(const model::Withdraw& command);
importers::StartImport to_product(const model::StartImport& command);
importers::RecordPiece to_product(const model::RecordPiece& command);
importers::FinishImport to_product(const model::FinishImport& command);
importers::WithdrawImport to_product(const model::WithdrawImport& command);
points::AdjustPoints to_product(const model::Adjust& command);
points::WriteOffPoints to_product(const model::WriteOff& command);
rewards::CreateReward to_product(const model::CreateReward& command);
rewards::EditReward to_product(const model::EditReward& command);
rewards::MoveStock to_product(const model::MoveStock& command);
redemptions::Redeem to_product(const model::Redeem& command);
redemptions::CancelRedemption to_product(const model::Cancel& command);
redemptions::FulfilRedemption to_product(const model::Fulfil& command);

earning::RuleTerms terms_of(const model::Rules& rules);

model::User to_model(const users::User& user);
model::Meter to_model(const meters::Meter& meter);
model::Programme to_model(const programme::Programme& programme);
model::Rules to_model(const earning::EarningRules& rules);
model::RecordAnswer to_model(const usage::RecordReply& reply);
model::WithdrawAnswer to_model(const usage::WithdrawReadings::Reply& reply);
model::Import to_model(const importers::Import& import);
model::PieceAnswer to_model(const importers::RecordPiece::Reply& reply);
model::AdjustmentAnswer to_model(const points::AdjustmentReply& reply);
model::Reward to_model(const rewards::Reward& reward);
model::StockAnswer to_model(const rewards::StockReply& reply);
model::RedemptionAnswer to_model(const redemptions::RedemptionReply& reply);

model::Reading to_model(const usage::Reading& reading);
model::ReadingName name_of(const usage::Reading& reading);
model::DayTotals to_model(const usage::UsageDaily& daily);
model::Redemption to_model(const redemptions::Redemption& redemption);
model::Adjustment to_model(const points::Adjustment& adjustment);
model::Movement to_model(const rewards::StockMovement& movement);

// The cause is the caller's to name: an entry knows it by id only.
model::Entry to_model(const points::Entry& entry, std::string cause);

}  // namespace wattback::simulation

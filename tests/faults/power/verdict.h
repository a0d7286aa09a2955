// Whether what a power cut left is all that the programme promised.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "faults/power/disk.h"
#include "simulation/judge.h"
#include "simulation/model.h"

namespace wattback::power {

inline constexpr std::string_view store_name = "wattback.db";

// What the programme had said, at the moment of the cut.
struct Promise {
  bool has_begun = false;  // the programme was there for sure
  simulation::model::Model* model = nullptr;
  simulation::Judge* judge = nullptr;
  simulation::Trace under_way;  // a group whose commit may be in

  bool is_anything_under_way() const;
};

enum class UnderWay : std::uint8_t { nothing, there, absent };

struct Verdict {
  std::optional<std::string> failure;
  UnderWay under_way = UnderWay::nothing;
};

// Opens the store in the folder as the product does, holds every document of it to the model,
// audits it, and has SQLite check the file. The model stays as it is.
Verdict judge_store(const std::filesystem::path& folder, const Promise& promise);

// What SQLite alone says of the file (integrity_check, foreign_key_check); none: all is well.
std::optional<std::string> find_damage(const std::filesystem::path& file);

void write_files(const std::filesystem::path& folder, const Files& files);  // into a new folder

}  // namespace wattback::power

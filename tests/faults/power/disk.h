// A disk as a program may find it after a power cut: what was written and not synced since may be
// there, partly there or gone, in any combination, and so may names that were made or removed.
//
// What it assumes is what SQLite does (https://sqlite.org/atomiccommit.html, 2): the bytes beside
// those that a write covers stay as they were, and what a sync has brought to the disk stays there.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/chance.h"

namespace wattback::power {

using simulation::Chance;

inline constexpr std::size_t sector_bytes = 512;

enum class Honesty : std::uint8_t {
  honest,
  forgets_contents,  // a sync of a file does nothing
  forgets_names,     // a sync of the folder does nothing
};

enum class Action : std::uint8_t { make, write, truncate, sync, sync_names, remove };

struct Operation {
  Action action = Action::make;
  std::string name;  // of the file; of sync_names: none
};

// What a cut did to that which was not synced.
struct Losses {
  std::uint64_t unsynced = 0;  // writes, truncations and names
  std::uint64_t writes_gone = 0;
  std::uint64_t writes_torn = 0;  // some of their sectors are there, or the last is garbage
  std::uint64_t truncations_gone = 0;
  std::uint64_t names_gone = 0;  // making or removing them
};

using Files = std::map<std::string, std::string>;  // bytes by name

struct Wreck {
  Files files;
  Losses losses;
};

// For one thread at a time, but for `has_power`.
class Disk {
 public:
  using FileNumber = std::size_t;
  // Told of each operation before it is sure of its effect: a cut at that moment may find it done,
  // half done or not begun. May cut and end the power, no more.
  using Watcher = std::function<void(const Operation&)>;

  explicit Disk(const Files& files = {}, Honesty honesty = Honesty::honest);

  void watch(Watcher watcher) { watcher_ = std::move(watcher); }
  void end_power() { has_power_ = false; }
  bool has_power() const { return has_power_; }

  std::optional<FileNumber> find(const std::string& name) const;
  FileNumber make(const std::string& name);  // that is not there
  void write(FileNumber file, std::uint64_t offset, std::string_view bytes);
  void truncate(FileNumber file, std::uint64_t size);
  void sync(FileNumber file);
  void sync_names();
  void remove(const std::string& name);

  // What a disk may hold if the power goes now.
  Wreck cut(Chance& chance) const;

 private:
  struct Change {             // of a file's contents
    std::uint64_t order = 0;  // among all of the disk
    bool truncates = false;
    std::uint64_t offset = 0;  // or the size
    std::string bytes;
  };
  struct File {
    std::string name;
    std::string synced;
    std::vector<Change> changes;
  };
  struct Naming {
    std::uint64_t order = 0;
    std::optional<FileNumber> file;  // none: removed
  };
  using Namings = std::map<std::string, std::vector<Naming>>;

  class Cut;

  void tell(Action action, const std::string& name);

  Honesty honesty_;
  std::atomic<bool> has_power_ = true;
  std::uint64_t order_ = 0;
  std::vector<File> files_;
  std::map<std::string, FileNumber> names_;   // as the program sees them
  std::map<std::string, FileNumber> synced_;  // as they are sure to be
  Namings namings_;                           // since
  Watcher watcher_;
};

}  // namespace wattback::power

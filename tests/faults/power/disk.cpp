#include "faults/power/disk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace wattback::power {
namespace {

void put(std::string& contents, std::uint64_t offset, std::string_view bytes) {
  if (contents.size() < offset + bytes.size()) {
    contents.resize(offset + bytes.size(), '\0');
  }
  std::ranges::copy(bytes, contents.begin() + static_cast<std::ptrdiff_t>(offset));
}

enum class Fate : std::uint8_t { there, torn, gone };

}  // namespace

// Draws what becomes of each change that was not synced. Either all up to some moment are there, as
// on a disk that writes in order, or each has its own fate.
class Disk::Cut {
 public:
  Cut(const Disk& disk, Chance& chance) : disk_(&disk), chance_(&chance) {
    constexpr std::array<std::int64_t, 5> odds{0, 10, 50, 90, 100};
    there_percent_ = odds.at(chance.index_of(odds.size()));
    torn_percent_ = odds.at(chance.index_of(odds.size()));
    in_order_ = chance.percent(40);
    if (in_order_) {
      const auto orders = pending_orders();
      moment_ = orders.empty() ? 0 : chance.pick(orders);
    }
  }

  Wreck make() {
    std::map<std::string, FileNumber> names = disk_->synced_;
    for (const auto& [name, namings] : disk_->namings_) {
      settle_name(name, namings, names);
    }
    for (const auto& [name, file] : names) {
      wreck_.files.emplace(name, contents_of(disk_->files_.at(file)));
    }
    return std::move(wreck_);
  }

 private:
  std::vector<std::uint64_t> pending_orders() const {
    std::vector<std::uint64_t> orders;
    for (const auto& file : disk_->files_) {
      for (const auto& change : file.changes) {
        orders.push_back(change.order);
      }
    }
    for (const auto& [name, namings] : disk_->namings_) {
      for (const auto& naming : namings) {
        orders.push_back(naming.order);
      }
    }
    return orders;
  }

  Fate fate_of(std::uint64_t order) {
    ++wreck_.losses.unsynced;
    if (in_order_) {
      return order < moment_ ? Fate::there : order == moment_ ? Fate::torn : Fate::gone;
    }
    if (chance_->percent(there_percent_)) {
      return Fate::there;
    }
    return chance_->percent(torn_percent_) ? Fate::torn : Fate::gone;
  }

  // A name is as it was after one of its changes, or before the first.
  void settle_name(const std::string& name, const std::vector<Naming>& namings,
                   std::map<std::string, FileNumber>& names) {
    for (const auto& naming : namings) {
      if (fate_of(naming.order) != Fate::there) {
        ++wreck_.losses.names_gone;
        return;
      }
      if (naming.file) {
        names[name] = *naming.file;
      } else {
        names.erase(name);
      }
    }
  }

  std::string contents_of(const File& file) {
    std::string contents = file.synced;
    for (const auto& change : file.changes) {
      const auto fate = fate_of(change.order);
      if (change.truncates) {
        if (fate == Fate::there) {
          contents.resize(change.offset, '\0');
        } else {
          ++wreck_.losses.truncations_gone;
        }
      } else if (fate == Fate::there) {
        put(contents, change.offset, change.bytes);
      } else if (fate == Fate::torn) {
        tear(contents, change);
      } else {
        ++wreck_.losses.writes_gone;
      }
    }
    return contents;
  }

  // Some sectors are there, perhaps up to one that was being written.
  void tear(std::string& contents, const Change& change) {
    const bool in_turn = chance_->percent(50);
    const auto until =
        change.offset +
        static_cast<std::uint64_t>(chance_->below(static_cast<std::int64_t>(change.bytes.size())));
    std::size_t kept = 0;
    std::size_t begin = 0;
    while (begin < change.bytes.size()) {
      const auto place = change.offset + begin;
      const auto size = std::min(change.bytes.size() - begin, sector_bytes - place % sector_bytes);
      const auto piece = std::string_view(change.bytes).substr(begin, size);
      if (in_turn && place <= until && until < place + size) {
        kept += size;
        put(contents, place, chance_->percent(50) ? garbage(size) : std::string(piece));
      } else if (in_turn ? place + size <= until : chance_->percent(50)) {
        kept += size;
        put(contents, place, piece);
      }
      begin += size;
    }
    ++(kept == 0 ? wreck_.losses.writes_gone : wreck_.losses.writes_torn);
  }

  std::string garbage(std::size_t size) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) {
      byte = static_cast<char>(chance_->below(256));
    }
    return bytes;
  }

  const Disk* disk_;
  Chance* chance_;
  std::int64_t there_percent_ = 0;
  std::int64_t torn_percent_ = 0;
  bool in_order_ = false;
  std::uint64_t moment_ = 0;
  Wreck wreck_;
};

Disk::Disk(const Files& files, Honesty honesty) : honesty_(honesty) {
  for (const auto& [name, bytes] : files) {
    names_.emplace(name, files_.size());
    files_.push_back({.name = name, .synced = bytes, .changes = {}});
  }
  synced_ = names_;
}

std::optional<Disk::FileNumber> Disk::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

Disk::FileNumber Disk::make(const std::string& name) {
  check(has_power_);
  check(!names_.contains(name));
  const auto file = files_.size();
  files_.push_back({.name = name, .synced = {}, .changes = {}});
  names_.emplace(name, file);
  namings_[name].push_back({.order = ++order_, .file = file});
  tell(Action::make, name);
  return file;
}

void Disk::write(FileNumber file, std::uint64_t offset, std::string_view bytes) {
  check(has_power_);
  if (!bytes.empty()) {
    auto& written = files_.at(file);
    written.changes.push_back({.order = ++order_, .offset = offset, .bytes = std::string(bytes)});
    tell(Action::write, written.name);
  }
}

void Disk::truncate(FileNumber file, std::uint64_t size) {
  check(has_power_);
  auto& cut_off = files_.at(file);
  cut_off.changes.push_back({.order = ++order_, .truncates = true, .offset = size, .bytes = {}});
  tell(Action::truncate, cut_off.name);
}

void Disk::sync(FileNumber file) {
  check(has_power_);
  auto& synced = files_.at(file);
  tell(Action::sync, synced.name);
  if (!has_power_ || honesty_ == Honesty::forgets_contents) {
    return;
  }
  for (const auto& change : std::exchange(synced.changes, {})) {
    if (change.truncates) {
      synced.synced.resize(change.offset, '\0');
    } else {
      put(synced.synced, change.offset, change.bytes);
    }
  }
}

void Disk::sync_names() {
  check(has_power_);
  tell(Action::sync_names, {});
  if (has_power_ && honesty_ != Honesty::forgets_names) {
    synced_ = names_;
    namings_.clear();
  }
}

void Disk::remove(const std::string& name) {
  check(has_power_);
  check(names_.erase(name) == 1);
  namings_[name].push_back({.order = ++order_, .file = std::nullopt});
  tell(Action::remove, name);
}

Wreck Disk::cut(Chance& chance) const { return Cut(*this, chance).make(); }

void Disk::tell(Action action, const std::string& name) {
  if (watcher_) {
    watcher_({.action = action, .name = name});
  }
}

}  // namespace wattback::power

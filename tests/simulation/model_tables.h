// The model's state as plain maps whose changes can be taken back.
#pragma once

#include <functional>
#include <map>
#include <ranges>
#include <utility>
#include <vector>

namespace wattback::simulation::model {

// While it keeps, every change leaves behind how to undo it.
class Journal {
 public:
  void keep() { keeps_ = true; }

  void roll_back() {
    for (const auto& undo : std::views::reverse(undo_)) {
      undo();
    }
    undo_.clear();
    keeps_ = false;
  }

  void note(std::function<void()> undo) {
    ++changes_;
    if (keeps_) {
      undo_.push_back(std::move(undo));
    }
  }

  bool keeps() const { return keeps_; }
  std::uint64_t changes() const { return changes_; }  // ever noted, those undone too

 private:
  bool keeps_ = false;
  std::uint64_t changes_ = 0;
  std::vector<std::function<void()>> undo_;
};

template <class K, class V>
class Table {
 public:
  explicit Table(Journal& journal) : journal_(&journal) {}

  const V* find(const K& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : &found->second;
  }
  const V& at(const K& key) const { return rows_.at(key); }
  const std::map<K, V>& rows() const { return rows_; }

  void put(const K& key, V value) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) {
      rows_.emplace(key, std::move(value));
      journal_->note([this, key] { rows_.erase(key); });
    } else if (journal_->keeps()) {
      journal_->note([this, key, old = std::exchange(found->second, std::move(value))] {
        rows_.at(key) = old;
      });
    } else {
      found->second = std::move(value);
      journal_->note({});
    }
  }

  void erase(const K& key) {
    journal_->note([this, key, old = rows_.at(key)] { rows_.emplace(key, old); });
    rows_.erase(key);
  }

 private:
  Journal* journal_;
  std::map<K, V> rows_;
};

}  // namespace wattback::simulation::model

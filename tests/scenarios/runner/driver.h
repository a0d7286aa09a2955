// What performs the steps of a scenario: on the domain (service_driver.h) or over HTTP
// (http/http_driver.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "scenarios/runner/language.h"

namespace wattback::scenarios {

struct Answer {
  std::optional<Error> error;      // it was refused; only the two last may be set beside it
  std::vector<std::string> words;  // its outcomes
  std::vector<Fact> facts;
  std::vector<std::string> rows;
  std::string user;    // the scenario's name of the member it was about, if any
  std::string reward;  // the same of a reward
};

class Driver {
 public:
  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  // Throws Malformed for a value it can't read.
  virtual Answer perform(const Step& step) = 0;

  // How a member or a reward stands now (vocabulary.h: member_facts, reward_facts).
  virtual std::vector<Fact> member(const std::string& user) = 0;
  virtual std::vector<Fact> reward(const std::string& reward) = 0;

  // What of the programme's invariants does not hold at the end, if the driver can tell.
  virtual std::optional<std::string> find_break() = 0;
};

}  // namespace wattback::scenarios

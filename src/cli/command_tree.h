// The command line as values, read from CLI11's tree of it: what completes it and what describes
// it are made from these, so that it is defined once.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace wattback::cli {

struct Option {
  std::vector<std::string> names;  // -h and --help; of an argument its one name, without a dash
  std::string value;               // what stands for its value, such as FILE; empty: it takes none
  std::vector<std::string> words;  // all that it takes, where they are few
  std::string fallback;            // what holds where it is not given; empty: nothing in particular
  std::string description;
  std::string note;  // its bounds, and what it goes with; empty: nothing to say
  bool required = false;
};

// A verb, a group of verbs, or the program itself.
struct Command {
  struct Verb {
    std::string name;
    std::string description;
  };

  std::string name;  // in full, such as "wattback users create"
  std::string description;
  std::vector<Option> options;    // its own, in the order of --help
  std::vector<Option> inherited;  // those of the commands above that it takes as well
  std::vector<Option> arguments;  // by position
  std::vector<Verb> verbs;        // what may follow it; empty: it is a verb itself

  std::vector<Option> all_options() const;  // its own, then the inherited ones
};

// The program first, each group before its verbs.
std::vector<Command> read_commands(CLI::App& root);

}  // namespace wattback::cli

#include "scenarios/runner/files.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/check.h"

namespace wattback::scenarios {
namespace {

std::filesystem::path folder() { return WATTBACK_SCENARIOS; }

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  check(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".scenario") {
      files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

Scenario load_scenario(const std::filesystem::path& path) {
  return parse_scenario(path.filename(), text_of(path));
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  std::ifstream file(folder() / "rules.txt");
  check(file.is_open());
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') {
      names.push_back(line.substr(0, line.find(' ')));
    }
  }
  return names;
}

}  // namespace wattback::scenarios

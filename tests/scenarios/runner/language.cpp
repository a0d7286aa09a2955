#include "scenarios/runner/language.h"

#include <fmt/format.h>

#include <span>

#include "base/check.h"
#include "scenarios/runner/vocabulary.h"

namespace wattback::scenarios {
namespace {

// Why a line is malformed; where is added by who reads the file.
class BadLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Token {
  std::string text;
  bool quoted = false;

  bool is(std::string_view word) const { return !quoted && text == word; }
};

using Tokens = std::span<const Token>;

Token take_quoted(std::string_view& line) {
  const auto end = line.find('"', 1);
  if (end == std::string_view::npos) {
    throw BadLine("a quote is not closed");
  }
  Token token{.text = std::string(line.substr(1, end - 1)), .quoted = true};
  line.remove_prefix(end + 1);
  return token;
}

std::vector<Token> tokens_of(std::string_view line) {
  std::vector<Token> tokens;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty() || line.front() == '#') {
      return tokens;
    }
    if (line.front() == '"') {
      tokens.push_back(take_quoted(line));
      continue;
    }
    const auto word = line.substr(0, line.find_first_of(" \t\r\""));
    tokens.push_back({.text = std::string(word)});
    line.remove_prefix(word.size());
  }
}

// After the arrow a comma ends a part, with or without a blank before it.
std::vector<Token> with_commas_apart(Tokens tokens) {
  std::vector<Token> apart;
  for (const auto& token : tokens) {
    if (token.quoted || token.text.size() < 2 || !token.text.ends_with(',')) {
      apart.push_back(token);
      continue;
    }
    apart.push_back({.text = token.text.substr(0, token.text.size() - 1)});
    apart.push_back({.text = ","});
  }
  return apart;
}

const Verb& take_verb(Tokens& tokens) {
  const auto& first = tokens.front().text;
  if (tokens.size() > 1) {
    if (const auto* verb = find_verb(first + " " + tokens[1].text)) {
      tokens = tokens.subspan(2);
      return *verb;
    }
  }
  const auto* verb = find_verb(first);
  if (verb == nullptr) {
    throw BadLine(fmt::format("unknown action '{}'", first));
  }
  tokens = tokens.subspan(1);
  return *verb;
}

void add_argument(Step& step, std::string_view name, const std::string& value) {
  if (!step.arguments.emplace(name, value).second) {
    throw BadLine(fmt::format("'{}' is given twice", name));
  }
}

void parse_arguments(const Verb& verb, Tokens tokens, Step& step) {
  for (const auto position : split(verb.positions)) {
    if (tokens.empty()) {
      throw BadLine(fmt::format("'{}' needs: {}", verb.name, verb.positions));
    }
    add_argument(step, position, tokens.front().text);
    tokens = tokens.subspan(1);
  }
  while (!tokens.empty()) {
    const auto& name = tokens.front();
    if (!name.quoted && holds(verb.flags, name.text)) {
      add_argument(step, name.text, "");
      tokens = tokens.subspan(1);
      continue;
    }
    if (name.quoted || !holds(verb.options, name.text)) {
      throw BadLine(fmt::format("'{}' knows no '{}'", verb.name, name.text));
    }
    if (tokens.size() < 2) {
      throw BadLine(fmt::format("'{}' has no value", name.text));
    }
    add_argument(step, name.text, tokens[1].text);
    tokens = tokens.subspan(2);
  }
}

void parse_parts(const Verb& verb, Tokens tokens, Expectation& expected) {
  const auto facts = facts_of(verb);
  while (!tokens.empty()) {
    const auto& part = tokens.front();
    tokens = tokens.subspan(1);
    if (part.is(",")) {
      continue;
    }
    if (holds(facts, part.text)) {
      if (tokens.empty() || tokens.front().is(",")) {
        throw BadLine(fmt::format("expected '{}' has no value", part.text));
      }
      expected.facts.push_back({.name = part.text, .value = tokens.front().text});
      tokens = tokens.subspan(1);
    } else if (is_error_code(part.text) || holds(verb.words, part.text)) {
      expected.words.push_back(part.text);
    } else {
      throw BadLine(fmt::format("'{}' never answers '{}'", verb.name, part.text));
    }
  }
}

void parse_rows(Tokens tokens, Expectation& expected) {
  auto& rows = expected.rows.emplace();
  if (tokens.size() == 1 && tokens.front().is("none")) {
    return;
  }
  rows.emplace_back();
  for (const auto& token : tokens) {
    if (token.is(",")) {
      rows.emplace_back();
    } else {
      rows.back().append(rows.back().empty() ? "" : " ").append(token.text);
    }
  }
}

Expectation parse_expectation(const Verb& verb, Tokens tokens) {
  if (tokens.empty()) {
    throw BadLine("nothing is expected after '->'");
  }
  Expectation expected;
  const auto parts = with_commas_apart(tokens);
  const bool refusal = parts.size() == 1 && is_error_code(parts.front().text);
  if (verb.rows && !refusal) {
    parse_rows(parts, expected);
  } else {
    parse_parts(verb, parts, expected);
  }
  return expected;
}

void parse_covers(Tokens tokens, Scenario& scenario) {
  if (tokens.empty()) {
    throw BadLine("'covers' names no rule");
  }
  for (const auto& token : tokens) {
    scenario.covers.push_back(token.text);
  }
}

void parse_line(std::string_view line, int number, Scenario& scenario) {
  const auto all = tokens_of(line);
  if (all.empty()) {
    return;
  }
  Tokens left(all);
  if (left.front().is("covers")) {
    parse_covers(left.subspan(1), scenario);
    return;
  }
  std::size_t arrow = 0;
  while (arrow < all.size() && !all[arrow].is("->")) {
    ++arrow;
  }
  left = left.first(arrow);
  if (left.empty()) {
    throw BadLine("there is no action before '->'");
  }
  const auto& verb = take_verb(left);
  Step step{.line = number, .text = std::string(line), .verb = std::string(verb.name)};
  parse_arguments(verb, left, step);
  if (arrow < all.size()) {
    step.expected = parse_expectation(verb, Tokens(all).subspan(arrow + 1));
  }
  scenario.steps.push_back(std::move(step));
}

}  // namespace

const std::string& Step::value(std::string_view name) const {
  const auto found = arguments.find(name);
  check(found != arguments.end());
  return found->second;
}

std::optional<std::string> Step::find(std::string_view name) const {
  const auto found = arguments.find(name);
  return found == arguments.end() ? std::nullopt : std::optional(found->second);
}

Scenario parse_scenario(std::string file, std::string_view text) {
  Scenario scenario{.file = std::move(file)};
  for (int number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    try {
      parse_line(line, number, scenario);
    } catch (const BadLine& bad) {
      throw Malformed(fmt::format("{}:{}: {}", scenario.file, number, bad.what()));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return scenario;
}

}  // namespace wattback::scenarios

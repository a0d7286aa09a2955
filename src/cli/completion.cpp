// completion: bash, zsh, fish.
#include "cli/completion.h"

#include "cli/values.h"
#include "cli/verbs.h"

namespace wattback::cli {
namespace {

enum class Shell : std::uint8_t { bash, zsh, fish };

}  // namespace
}  // namespace wattback::cli

template <>
struct wattback::EnumNames<wattback::cli::Shell> {
  using enum wattback::cli::Shell;
  static constexpr std::array rows{std::pair{bash, "bash"}, std::pair{zsh, "zsh"},
                                   std::pair{fish, "fish"}};
};

namespace wattback::cli {
namespace {

struct CompletionOptions {
  std::string shell;
  CLI::App* verb = nullptr;
};

void declare(CLI::App& verb, CompletionOptions& options) {
  options.verb = &verb;
  verb.add_option("shell", options.shell, "The shell to complete in")
      ->required()
      ->check(one_of(words_of<Shell>()));
}

std::string script(Shell shell, const std::vector<Command>& commands) {
  switch (shell) {
    case Shell::bash:
      return bash_completion(commands);
    case Shell::zsh:
      return zsh_completion(commands);
    case Shell::fish:
      return fish_completion(commands);
  }
  check(false);
  return {};
}

Result<Answer> run(const Invocation& /*invocation*/, const CompletionOptions& options) {
  const auto shell = from_text<Shell>(options.shell).value();
  auto text = script(shell, read_commands(root_of(*options.verb)));
  return Answer{.data = json::object{{"shell", options.shell}, {"script", text}},
                .text = std::move(text)};
}

}  // namespace

std::string in_single_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char character : text) {
    quoted += character == '\'' ? std::string(R"('\'')") : std::string(1, character);
  }
  return quoted + "'";
}

void add_completion(Verbs& verbs) {
  verbs.add<CompletionOptions>(nullptr, "completion", "Print what completes commands in a shell",
                               declare, run);
}

}  // namespace wattback::cli

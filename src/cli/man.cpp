// man: the manual page.
#include "cli/manual.h"
#include "cli/values.h"
#include "cli/verbs.h"

namespace wattback::cli {
namespace {

enum class ManualFormat : std::uint8_t { roff, markdown };

}  // namespace
}  // namespace wattback::cli

template <>
struct wattback::EnumNames<wattback::cli::ManualFormat> {
  using enum wattback::cli::ManualFormat;
  static constexpr std::array rows{std::pair{roff, "roff"}, std::pair{markdown, "markdown"}};
};

namespace wattback::cli {
namespace {

struct ManOptions {
  std::string format = "roff";
  CLI::App* verb = nullptr;
};

void declare(CLI::App& verb, ManOptions& options) {
  options.verb = &verb;
  verb.add_option("--format", options.format, "What the page is written in")
      ->check(one_of(words_of<ManualFormat>()))
      ->capture_default_str();
}

Result<Answer> man(const Invocation& invocation, const ManOptions& options) {
  const Manual manual{.commands = read_commands(root_of(*options.verb)),
                      .settings = invocation.environment.setting_definitions};
  const bool is_page = from_text<ManualFormat>(options.format) == ManualFormat::roff;
  return Answer{.data = form_of(manual), .text = is_page ? to_roff(manual) : to_markdown(manual)};
}

}  // namespace

void add_manual(Verbs& verbs) {
  verbs.add<ManOptions>(nullptr, "man", "Print the manual page; man -l - shows it", declare, man);
}

}  // namespace wattback::cli

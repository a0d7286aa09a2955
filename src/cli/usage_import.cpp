// usage import.
#include "cli/usage_import.h"

#include <fmt/format.h>

#include "cli/forms.h"
#include "cli/inputs.h"
#include "cli/rejected_lines.h"
#include "cli/values.h"
#include "importers/run.h"
#include "store/patience.h"

namespace wattback::cli {
namespace {

struct ImportOptions {
  std::string file;
  std::optional<std::string> user;
  std::optional<std::string> meter;
  std::string format = "auto";
  std::optional<std::string> energy_type;
  std::optional<std::string> time_zone;
  std::string unit = "kwh";
  std::optional<std::int64_t> interval;
  std::optional<std::string> as_of;
  bool dry_run = false;
  std::optional<std::string> errors;
};

// What is not named is found out.
std::vector<std::string> format_words() {
  auto words = words_of<importers::Format>();
  words.insert(words.begin(), "auto");
  return words;
}

void declare(CLI::App& verb, ImportOptions& options) {
  verb.add_option("file", options.file, "The file; - for standard input; gzip is unpacked")
      ->required()
      ->type_name(file_value);
  verb.add_option("--user", options.user, "The member's email, where the file names none");
  verb.add_option("--meter", options.meter, "The label of the meter of all readings");
  verb.add_option("--format", options.format, "What the file is; auto looks into it")
      ->check(one_of(format_words()))
      ->capture_default_str();
  verb.add_option("--energy-type", options.energy_type, "Of all readings, where the file says none")
      ->check(one_of(words_of<EnergyType>()));
  verb.add_option("--time-zone", options.time_zone,
                  "IANA zone of local times; the member's if not given");
  verb.add_option("--unit", options.unit,
                  "Of a CSV value whose column says none; mwh is megawatt-hours")
      ->transform(one_of_in_any_case(words_of<importers::EnergyUnit>()))
      ->capture_default_str();
  verb.add_option("--interval", options.interval, "Seconds a CSV row covers; inferred if not given")
      ->check(within(1, 90'000));
  verb.add_option("--as-of", options.as_of,
                  "When the values were made, where the file says none; now if not given");
  verb.add_flag("--dry-run", options.dry_run, "Say what would happen, and write nothing");
  verb.add_option("--errors", options.errors, "Write rejected lines and reasons to this file")
      ->type_name(file_value);
}

// All but the user, which needs the store.
Result<importers::ImportOptions> parse_options(const ImportOptions& options) {
  importers::ImportOptions parsed{.meter = options.meter,
                                  .format = from_text<importers::Format>(options.format),
                                  .actor = operator_actor};
  parsed.as_of_called = "--as-of";
  parsed.unit = from_text<importers::EnergyUnit>(options.unit).value();
  if (options.energy_type) {
    parsed.energy_type = from_text<EnergyType>(*options.energy_type);
  }
  const auto zone = parse_zone(options.time_zone);
  if (!zone) {
    return std::unexpected(zone.error());
  }
  parsed.zone = *zone;
  if (options.interval) {
    parsed.interval = Seconds(*options.interval);
  }
  if (options.as_of) {
    const auto as_of = parse_instant(*options.as_of);
    if (!as_of) {
      return fail_field("--as-of", as_of.error().detail);
    }
    parsed.as_of = *as_of;
  }
  return parsed;
}

Answer answer_of(const importers::ImportResult& result, bool dry_run) {
  auto form = form_of(result.counts);
  form["import_id"] = to_text(result.import.import_id);
  form["repeated"] = result.repeated;
  form["resumed"] = result.resumed;
  form["dry_run"] = dry_run;
  std::string text = render(form);
  if (result.repeated) {
    text += "This input was taken in before: nothing changed.\n";
  }
  return {.data = std::move(form),
          .text = std::move(text),
          .exit_code = result.counts.rejected == 0 ? 0 : 1};
}

Result<Answer> run(const Invocation& invocation, const ImportOptions& options) {
  auto parsed = parse_options(options);
  if (!parsed) {
    return std::unexpected(parsed.error());
  }
  auto input = importers::Input::open(options.file);
  if (!input) {
    return std::unexpected(input.error());
  }
  const auto session = invocation.open();  // one that is made now would have nobody to read for
  if (options.user) {
    const auto user = user_by_email(*session, *options.user);
    if (!user) {
      return std::unexpected(user.error());
    }
    parsed->user = user->user_id;
  }
  RejectedLines rejected(invocation.environment);
  if (const auto opened = rejected.open(options.errors, options.file); !opened) {
    return std::unexpected(opened.error());
  }
  ProgressBar bar(invocation.environment, "importing");
  const auto observer = observe(bar, rejected);
  const auto& now = invocation.environment.now;
  parsed->unsettled_max = store::unsettled_max_of(session->store());
  const auto result =
      options.dry_run ? importers::dry_run_import(session->store(), now, *input, *parsed, observer)
                      : importers::run_import(session->store(), session->committer(), now, *input,
                                              *parsed, observer);
  const bool told = rejected.finish();
  if (!result) {
    return std::unexpected(result.error());
  }
  auto answer = answer_of(*result, options.dry_run);
  answer.exit_code = told ? answer.exit_code : 1;
  return answer;
}

}  // namespace

void add_usage_import(Verbs& verbs, CLI::App* group) {
  verbs.add<ImportOptions>(group, "import", "Take in a file of readings", declare, run);
}

}  // namespace wattback::cli

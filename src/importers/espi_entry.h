// The entries of a Green Button feed (NAESB REQ.21 ESPI in Atom, RFC 4287), one at a time, their
// elements in any order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "importers/fields.h"
#include "importers/xml.h"

namespace wattback::importers {

enum class EspiKind : std::uint8_t {
  other,
  usage_point,
  meter_reading,
  reading_type,
  interval_block
};

enum class LinkRelation : std::uint8_t { self, up, related };

struct EspiLink {
  LinkRelation relation = LinkRelation::self;
  std::string href;  // as written
};

// An IntervalReading.
struct EspiReading {
  Instant start;
  Seconds duration{0};
  std::int64_t value = 0;               // in what its ReadingType says
  std::optional<std::int64_t> quality;  // the first, where it has several
};

struct EspiReadingLine {
  std::int64_t line = 0;
  Checked<EspiReading> reading;
};

struct EspiEntry {
  std::int64_t line = 0;
  EspiKind kind = EspiKind::other;
  std::vector<EspiLink> links;
  // Texts as written, without blank space around them; nothing where the element is absent.
  std::optional<std::string> id;
  std::optional<std::string> title;
  std::optional<std::string> updated;
  std::optional<std::string> service_kind;  // UsagePoint/ServiceCategory/kind
  std::optional<std::string> uom;           // these five: ReadingType
  std::optional<std::string> commodity;
  std::optional<std::string> flow_direction;
  std::optional<std::string> accumulation_behaviour;
  std::optional<std::string> multiplier;
  bool has_repetition = false;  // one of the ReadingType's or UsagePoint's is there twice
  std::vector<EspiReadingLine> readings;
};

// Whether the readings of an IntervalBlock are kept, or only what is around them.
enum class KeepReadings : std::uint8_t { no, yes };

class EspiReader {
 public:
  using OnEntry = std::function<Result<void>(EspiEntry&&)>;
  using OnPause = std::function<Result<Flow>()>;

  EspiReader(Input& input, KeepReadings keep, OnEntry on_entry, OnPause on_pause)
      : input_(input),
        keep_(keep),
        on_entry_(std::move(on_entry)),
        on_pause_(std::move(on_pause)) {}

  // Reads the whole input. What is no feed or entry of Atom, or exceeds a limit of ESPI's, is an
  // error that names the line.
  Result<void> read();

  // What relative links are relative to, as far as the input was read.
  const std::string& base() const { return base_; }

 private:
  // The texts of the IntervalReading being read.
  struct Draft {
    std::int64_t line = 0;
    std::optional<std::string> start;
    std::optional<std::string> duration;
    std::optional<std::string> value;
    std::optional<std::string> quality;
    bool has_repetition = false;
  };
  struct Place;

  Result<void> on_start(std::int64_t line, const XmlName& name,
                        std::span<const XmlAttribute> attributes);
  Result<void> on_text(std::string_view text);
  Result<void> on_end();
  Result<void> begin_element(std::int64_t line, std::span<const XmlAttribute> attributes);
  Result<void> add_link(std::span<const XmlAttribute> attributes);
  Result<void> end_reading();
  void begin_text();
  static Checked<EspiReading> read_draft(const Draft& draft);

  Input& input_;
  KeepReadings keep_;
  OnEntry on_entry_;
  OnPause on_pause_;
  std::string base_;
  std::string path_;                  // from the entry inwards: "a:content/e:ReadingType/e:uom"
  std::vector<std::size_t> lengths_;  // of the path before each open element
  std::size_t entry_depth_ = 0;       // how many elements are open with the entry; 0: in none
  std::int64_t line_ = 0;
  EspiEntry entry_;
  Draft draft_;
  std::optional<std::string>* text_ = nullptr;  // where the innermost element's text goes
};

}  // namespace wattback::importers

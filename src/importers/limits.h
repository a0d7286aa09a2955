// What an imported file may hold. A reading beyond a limit is rejected with its line; a file beyond
// one is refused.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace wattback::importers {

// Of the file, unpacked and spooled: about 100 million readings.
inline constexpr std::int64_t input_bytes_max = std::int64_t{8} << 30U;

// Of one line of text, or of one CSV record whose quoted fields hold line ends.
inline constexpr std::size_t record_bytes_max = std::size_t{64} << 10U;

// Of an input whose readings are all given one meter's label.
inline constexpr std::size_t one_label_members_max = 100'000;

// Of one reading.
inline constexpr std::size_t email_bytes_max = 254;  // RFC 5321, 4.5.3.1
inline constexpr std::size_t meter_label_bytes_max = 64;
inline constexpr std::size_t meter_identifier_bytes_max = 256;
inline constexpr std::int64_t quality_max = 255;
inline constexpr std::chrono::seconds interval_max = std::chrono::hours(25);

// How long an operator's import waits for a store that can't settle what it sends: longer than
// MongoDB keeps what a killed process had begun. That is a minute, looked at every half a minute.
inline constexpr std::chrono::seconds unsettled_max{100};

// Of an initial load: the users or rewards of one file.
inline constexpr std::size_t load_rows_max = 5'000'000;

// Of CSV: its columns; the bytes of a field; the meters whose interval is inferred, and from how
// many rows of each; the ambiguous local times told apart by the order of the file.
inline constexpr std::size_t csv_columns_max = 256;
inline constexpr std::size_t csv_field_bytes_max = 4096;
inline constexpr std::size_t csv_series_max = 100'000;
inline constexpr std::int64_t csv_inference_rows_max = 1000;
inline constexpr std::size_t csv_ambiguous_times_max = 100'000;

// Of XML: how deep elements nest; the bytes of one tag, comment or instruction; of one text kept.
inline constexpr std::size_t xml_depth_max = 32;
inline constexpr std::int64_t xml_token_bytes_max = std::int64_t{1} << 20U;
inline constexpr std::size_t xml_text_bytes_max = 4096;

// Of Green Button: the bytes kept of usage points, meter readings and reading types; the links and
// the readings of one entry; the magnitude of a power of ten.
inline constexpr std::size_t espi_index_bytes_max = std::size_t{32} << 20U;
inline constexpr std::size_t espi_entry_links_max = 1000;
inline constexpr std::size_t espi_entry_readings_max = 200'000;
inline constexpr std::int64_t espi_multiplier_max = 12;

}  // namespace wattback::importers

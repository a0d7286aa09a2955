// A fuzz target: what libFuzzer gives its inputs to (https://llvm.org/docs/LibFuzzer.html).
#pragma once

#include <string_view>

namespace wattback::fuzz {

// Defined by each target. What it parses it writes again, and holds to parse to the same.
void try_input(std::string_view bytes);

// Ends the process where it does not hold, so that libFuzzer keeps the input.
void require(bool holds, std::string_view what, std::string_view shown = {});

// The same of a round trip, whose number is said at the end: a run without any has tried nothing.
void require_round_trip(bool holds, std::string_view what, std::string_view shown);

}  // namespace wattback::fuzz

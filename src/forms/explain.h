// An explanation as JSON that holds all that is needed to recompute it: energies in mWh, rates in
// thousandths of a point per kWh, awards in nanopoints, and the arithmetic as text.
#pragma once

#include "forms/forms.h"
#include "usage/explain.h"

namespace wattback::forms {

json::object explain_form(const usage::DayExplanation& day);
json::object explain_form(const usage::EntryExplanation& entry);

}  // namespace wattback::forms

// The forms of the domain's values, as verbs answer them.
#pragma once

#include "cli/render.h"
#include "forms/forms.h"

namespace wattback::cli {

using forms::form_of;
using forms::kwh;

}  // namespace wattback::cli

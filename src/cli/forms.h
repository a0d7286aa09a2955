// The forms of the domain's values, and of their lists, as verbs answer them.
#pragma once

#include "cli/render.h"
#include "forms/forms.h"
#include "store/read.h"

namespace wattback::cli {

using forms::form_of;
using forms::kwh;

// {"data": [...], "has_more": ...}
template <class T>
json::object list_form(const store::Listing<T>& listing) {
  json::array data;
  for (const auto& item : listing.items) {
    data.push_back(form_of(item));
  }
  return {{"data", std::move(data)}, {"has_more", !listing.next.empty()}};
}

}  // namespace wattback::cli

#pragma once

#include <string_view>

namespace wattback::api {

std::string_view home_page();  // api/home.html

}  // namespace wattback::api

// Who this process is, for what it leaves in a store beside its work.
#pragma once

#include <string>

namespace wattback::app {

// "rosa@cellar, process 4711, 5f3a9c01": its user and machine for people, and unlike that of any
// other process.
const std::string& process_owner();

}  // namespace wattback::app

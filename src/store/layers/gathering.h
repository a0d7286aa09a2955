// A store whose single reads are gathered, for a database across a network.
#pragma once

#include <memory>

#include "store/store.h"

namespace wattback::store {

// `inner`, asked once for all documents of a collection that several threads want one each of while
// it is being asked. Changes no answer: what is given was read after it was asked for.
std::unique_ptr<Store> make_gathering_store(std::unique_ptr<Store> inner);

}  // namespace wattback::store

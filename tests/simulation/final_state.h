// What a store holds in the end, against the model.
#pragma once

#include <string>
#include <vector>

#include "simulation/model.h"
#include "store/store.h"

namespace wattback::simulation {

// A line for each document that is not as the model has it, is missing or is one too many.
std::vector<std::string> find_differences(store::Store& store, const model::Model& model);

// Every document of the store, collection by collection in the order of the primary key, as text.
std::vector<std::string> all_documents(store::Store& store);

}  // namespace wattback::simulation

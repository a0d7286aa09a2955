// What of the records an import has decided was rejected, told again.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "importers/import.h"
#include "importers/input.h"
#include "importers/pieces.h"
#include "importers/run.h"
#include "store/store.h"

namespace wattback::importers {

// Each record is decided anew, and nothing written: what was taken in is there, and what is not was
// rejected.
class Retelling {
 public:
  Retelling(store::Store& store, const ImportObserver& observer, std::string_view as_of_called)
      : store_(&store), observer_(&observer), as_of_called_(as_of_called) {}

  // Of all that the import has come to.
  Result<void> tell_again(Input& input, const ImportOptions& options, const Import& import,
                          const Clock& clock);
  // Of the readings of one piece.
  Result<void> tell_again(const Piece& piece);

 private:
  void tell(const Origin& origin, const Error& error, const UsageId& id);

  store::Store* store_;
  const ImportObserver* observer_;
  std::string_view as_of_called_;
};

}  // namespace wattback::importers

// What the service counts, in Prometheus' text format 0.0.4. Nothing of a person is in it.
#pragma once

#include <string>

#include "commit/committer.h"
#include "http/metrics.h"
#include "store/layers/metering.h"

namespace wattback::api {

std::string metrics_text(const http::ServerMetrics& server, const commit::Committer& committer,
                         const store::StoreFigures& store);

}  // namespace wattback::api

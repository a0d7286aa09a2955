#include "api/metrics.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string_view>

namespace wattback::api {
namespace {

class Exposition {
 public:
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    write("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  template <class V>
  void sample(std::string_view labels, V value) {
    line("", labels, value);
  }

  template <std::size_t Bounds>
  void histogram(std::string_view labels, const Histogram<Bounds>& histogram) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < Bounds; ++i) {
      below += histogram.counts[i];
      line("_bucket", joined(labels, fmt::format("le=\"{}\"", histogram.bounds[i])), below);
    }
    line("_bucket", joined(labels, "le=\"+Inf\""), histogram.count());
    line("_sum", labels, histogram.sum);
    line("_count", labels, histogram.count());
  }

  void single(std::string_view name, std::string_view type, std::string_view help,
              std::uint64_t value) {
    begin(name, type, help);
    sample("", value);
  }

  std::string text() && { return std::move(text_); }

 private:
  static std::string joined(std::string_view labels, std::string_view label) {
    return labels.empty() ? std::string(label) : fmt::format("{},{}", labels, label);
  }

  template <class V>
  void line(std::string_view suffix, std::string_view labels, V value) {
    if (labels.empty()) {
      write("{}{} {}\n", name_, suffix, value);
    } else {
      write("{}{}{{{}}} {}\n", name_, suffix, labels, value);
    }
  }

  template <class... Args>
  void write(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  std::string text_;
  std::string_view name_;
};

std::string labels_of(const http::RouteMetrics& route) {
  return fmt::format("method=\"{}\",route=\"{}\"", route.method, route.path);
}

void add_requests(Exposition& out, const std::vector<http::RouteMetrics>& routes) {
  out.begin("wattback_http_requests_total", "counter", "Requests answered, by route and status.");
  for (const auto& route : routes) {
    for (const auto& [status, count] : route.answers) {
      out.sample(fmt::format("{},status=\"{}\"", labels_of(route), status), count);
    }
  }
  out.begin("wattback_http_request_duration_seconds", "histogram",
            "From the complete header to the last byte of the answer.");
  for (const auto& route : routes) {
    if (route.seconds.count() > 0) {
      out.histogram(labels_of(route), route.seconds);
    }
  }
}

void add_server(Exposition& out, const http::ServerMetrics& server) {
  out.single("wattback_http_connections_open", "gauge", "Connections open now.",
             server.connections_open);
  out.single("wattback_http_connections_accepted_total", "counter", "Connections let in.",
             server.connections_accepted);
  out.single("wattback_http_connections_refused_total", "counter",
             "Connections turned away by a full server.", server.connections_refused);
  out.single("wattback_http_connections_evicted_total", "counter",
             "Waiting connections closed to make room.", server.connections_evicted);
  out.single("wattback_http_connections_timed_out_total", "counter",
             "Connections cut for what took too long.", server.connections_timed_out);
  out.single("wattback_http_requests_in_flight", "gauge", "Requests being answered now.",
             server.requests_in_flight);
  out.single("wattback_http_body_bytes_held", "gauge", "Bytes of bodies still arriving.",
             server.body_bytes_held);
  add_requests(out, server.routes);
}

void add_committer(Exposition& out, const commit::CommitterMetrics& metrics, std::size_t waiting) {
  out.single("wattback_committer_waiting", "gauge", "Commands waiting now.", waiting);
  out.single("wattback_committer_commands_total", "counter", "Commands taken in and answered.",
             metrics.commands);
  out.single("wattback_committer_conflicts_total", "counter", "Commits refused for a conflict.",
             metrics.conflicts);
  out.single("wattback_committer_deferrals_total", "counter", "Commands put off to a later group.",
             metrics.deferrals);
  out.single("wattback_committer_unknowns_total", "counter", "Commits whose fate was unknown.",
             metrics.unknowns);
  out.single("wattback_committer_unavailables_total", "counter",
             "Groups that the store could not take.", metrics.unavailables);
  out.single("wattback_committer_invalids_total", "counter", "Commits refused as invalid.",
             metrics.invalids);
  out.single("wattback_committer_overloads_total", "counter",
             "Commands turned away by a full queue.", metrics.overloads);
  out.begin("wattback_committer_group_size", "histogram", "Commands a group.");
  out.histogram("", metrics.group_size);
  out.begin("wattback_committer_wait_seconds", "histogram",
            "From a command's arrival to its turn.");
  out.histogram("", metrics.wait_seconds);
  out.begin("wattback_committer_commit_seconds", "histogram", "Commits of the store.");
  out.histogram("", metrics.commit_seconds);
}

std::string labels_of(const store::OperationFigures& figures) {
  return fmt::format("operation=\"{}\",collection=\"{}\"", store::to_text(figures.operation),
                     figures.collection);
}

// What only snapshots, gets, finds and commits take: the rest is part of a commit.
bool has_time(const store::OperationFigures& figures) {
  return figures.operation != store::Operation::insert &&
         figures.operation != store::Operation::replace &&
         figures.operation != store::Operation::remove;
}

std::string_view name_of(store::Refusal::Reason reason) {
  switch (reason) {
    case store::Refusal::Reason::conflict:
      return "conflict";
    case store::Refusal::Reason::already_exists:
      return "already_exists";
    case store::Refusal::Reason::invalid:
      return "invalid";
  }
  return "";
}

void add_store(Exposition& out, const store::StoreFigures& store) {
  out.begin("wattback_store_operations_total", "counter",
            "What was asked of the store; changes are counted when committed.");
  for (const auto& figures : store.operations) {
    out.sample(labels_of(figures), figures.calls);
  }
  out.begin("wattback_store_documents_total", "counter", "Documents read or written.");
  for (const auto& figures : store.operations) {
    out.sample(labels_of(figures), figures.documents);
  }
  out.begin("wattback_store_errors_total", "counter", "Calls the store failed.");
  for (const auto& figures : store.operations) {
    out.sample(labels_of(figures), figures.errors);
  }
  out.begin("wattback_store_seconds_total", "counter", "Time spent in the store.");
  for (const auto& figures : store.operations) {
    if (has_time(figures)) {
      out.sample(labels_of(figures), std::chrono::duration<double>(figures.time).count());
    }
  }
  out.begin("wattback_store_index_queries_total", "counter", "Queries along an index.");
  for (const auto& index : store.indexes) {
    out.sample(fmt::format("collection=\"{}\",index=\"{}\"", index.collection, index.index),
               index.queries);
  }
  out.begin("wattback_store_refusals_total", "counter", "Commits the store refused, by reason.");
  for (const auto& [reason, count] : store.refusals) {
    out.sample(fmt::format("reason=\"{}\"", name_of(reason)), count);
  }
}

}  // namespace

std::string metrics_text(const http::ServerMetrics& server, const commit::Committer& committer,
                         const store::StoreFigures& store) {
  Exposition out;
  add_server(out, server);
  add_committer(out, committer.metrics(), committer.waiting());
  add_store(out, store);
  return std::move(out).text();
}

}  // namespace wattback::api

#include "api/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace wattback::api {
namespace {

constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

std::unexpected<Error> no_room(const std::string& what, const std::error_code& why) {
  auto failed = fail(ErrorCode::unavailable, "there is no room for the body");
  failed.error().log = fmt::format("{}: {}", what, why.message());
  return failed;
}

std::error_code last_error() { return {errno, std::generic_category()}; }

http::Task<Result<Spool>> make_spool() { co_return Spool::make(); }

http::Task<Result<void>> append(Spool& spool, std::string bytes) { co_return spool.append(bytes); }

}  // namespace

Result<Spool> Spool::make() {
  std::error_code missing;
  const auto directory = std::filesystem::temp_directory_path(missing);
  if (missing) {
    return no_room("the folder that TMPDIR names", missing);
  }
  const int descriptor = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, owner_only);
  if (descriptor < 0) {
    return no_room("no temporary file can be made in " + directory.string() + " (TMPDIR)",
                   last_error());
  }
  return Spool(descriptor);
}

Spool::Spool(Spool&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Spool::~Spool() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<void> Spool::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      return no_room("a temporary file (TMPDIR)", last_error());
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<importers::Input> Spool::open(std::int64_t bytes_max) const {
  return importers::Input::open(
      fmt::format("/proc/self/fd/{}", descriptor_),
      {.bytes_max = bytes_max, .spool_directory = "", .name = "the body"});
}

Error too_many_imports() {
  return {.code = ErrorCode::overloaded,
          .detail = "too many imports wait already",
          .fields = {},
          .log = {}};
}

http::Task<std::expected<Spool, http::Problem>> spool_body(Call& call, http::RequestBody& body) {
  auto& files = call.resources().spooling;
  auto making = make_spool();
  auto spool = co_await files.run(std::move(making));
  if (!spool) {
    co_return std::unexpected(http::problem_of(spool.error()));
  }
  while (true) {
    auto piece = co_await body.read();
    if (!piece) {
      co_return std::unexpected(http::problem_of(piece.error()));
    }
    if (piece->empty()) {
      co_return *std::move(spool);
    }
    auto appending = append(*spool, *std::move(piece));
    const auto appended = co_await files.run(std::move(appending));
    if (!appended) {
      co_return std::unexpected(http::problem_of(appended.error()));
    }
  }
}

}  // namespace wattback::api

#include "importers/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.h"

namespace wattback::importers {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
constexpr int gzip_window_bits = 15 + 16;  // zlib: the largest window, gzip's header and trailer

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  int number() const { return number_; }

 private:
  int number_;
};

std::string reason_of(int error) { return std::generic_category().message(error); }

// Whether the name is wrong, or the system has no more of something.
ErrorCode code_of_opening(int error) {
  switch (error) {
    case ENOENT:
      return ErrorCode::not_found;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EIO:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::invalid;
  }
}

std::unexpected<Error> beyond(std::string_view name, std::int64_t bytes_max) {
  return fail(ErrorCode::limit_exceeded,
              fmt::format("{} holds more than {} bytes", name, bytes_max));
}

std::unexpected<Error> unreadable(std::string_view name, int error) {
  return fail(ErrorCode::unavailable, fmt::format("{} can't be read: {}", name, reason_of(error)));
}

// Reads until `into` is full or the end is reached. Gives errno where that fails.
template <class ReadOnce>
std::expected<std::size_t, int> read_full(std::span<char> into, const ReadOnce& read_once) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const auto count = read_once(into.subspan(filled), filled);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return std::unexpected(errno);
    }
    if (count == 0) {
      break;
    }
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

bool write_all(int descriptor, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// A temporary file without a name: gone with its descriptor, however the process ends.
Result<Descriptor> make_spool(const InputOptions& options) {
  const std::string directory = options.spool_directory.empty()
                                    ? std::filesystem::temp_directory_path().string()
                                    : options.spool_directory;
  std::string path = directory + "/wattback-import-XXXXXX";
  const int number = ::mkostemp(path.data(), O_CLOEXEC);
  if (number < 0) {
    return fail(ErrorCode::unavailable, fmt::format("no temporary file can be made in {}: {}",
                                                    directory, reason_of(errno)));
  }
  Descriptor spool(number);
  ::unlink(path.c_str());
  return spool;
}

// Unpacks gzip members one after another, as gunzip does.
class Unpacker {
 public:
  Unpacker() { check(inflateInit2(&stream_, gzip_window_bits) == Z_OK); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker() { inflateEnd(&stream_); }

  bool needs_input() const { return stream_.avail_in == 0; }
  bool at_member_end() const { return at_member_end_; }

  void give(std::span<char> packed) {
    stream_.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
  }

  // Unpacks what was given into `into`: the bytes made, nothing where the data is damaged.
  std::optional<std::size_t> unpack(std::span<char> into) {
    if (at_member_end_ && needs_input()) {
      return 0;
    }
    if (at_member_end_) {
      check(inflateReset(&stream_) == Z_OK);
      at_member_end_ = false;
    }
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(std::min(into.size(), chunk_bytes));
    const auto room = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return std::nullopt;
    }
    at_member_end_ = code == Z_STREAM_END;
    return room - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  bool at_member_end_ = false;
};

}  // namespace

Error stopped() {
  return {.code = ErrorCode::unavailable,
          .detail = "the server is stopping; " + std::string(sent_again),
          .fields = {},
          .log = {}};
}

struct Input::State {
  Descriptor descriptor;
  std::string name;
  std::int64_t bytes_max;
  std::int64_t stored = 0;    // bytes in the file or spool
  std::int64_t position = 0;  // of those, read
  std::int64_t given = 0;     // unpacked bytes of this pass
  bool packed = false;
  std::unique_ptr<Unpacker> unpacker;
  std::vector<char> chunk;
  std::stop_token stop;

  Result<std::size_t> read_stored(std::span<char> into) {
    const auto count = read_full(into, [&](std::span<char> rest, std::size_t filled) {
      return ::pread(descriptor.number(), rest.data(), rest.size(),
                     position + static_cast<std::int64_t>(filled));
    });
    if (!count) {
      return unreadable(name, count.error());
    }
    position += static_cast<std::int64_t>(*count);
    return *count;
  }

  Result<std::size_t> read_packed(std::span<char> into) {
    for (;;) {
      const auto made = unpacker->unpack(into);
      if (!made) {
        return fail(ErrorCode::invalid, name + " holds damaged gzip data");
      }
      if (*made > 0) {
        return *made;
      }
      if (!unpacker->needs_input()) {
        continue;
      }
      const auto count = read_stored(chunk);
      if (!count) {
        return count;
      }
      if (*count == 0 && unpacker->at_member_end()) {
        return 0;
      }
      if (*count == 0) {
        return fail(ErrorCode::invalid, name + " ends before its gzip data does");
      }
      unpacker->give(std::span(chunk).first(*count));
    }
  }

  // An Input of an open file: its size, and whether its first bytes are gzip's.
  static Result<Input> make_input(Descriptor file, std::string name, std::int64_t bytes_max) {
    struct stat status{};
    if (::fstat(file.number(), &status) != 0) {
      return unreadable(name, errno);
    }
    if (status.st_size > bytes_max) {
      return beyond(name, bytes_max);
    }
    auto state = std::make_unique<State>(std::move(file), std::move(name), bytes_max);
    state->stored = status.st_size;
    std::array<char, 3> magic{};
    const auto count = state->read_stored(magic);
    if (!count) {
      return std::unexpected(count.error());
    }
    state->packed = *count == magic.size() && magic == std::array{'\x1F', '\x8B', '\x08'};
    state->chunk.resize(state->packed ? chunk_bytes : 0);
    Input input(std::move(state));
    input.rewind();
    return input;
  }

  State(Descriptor file, std::string named, std::int64_t most)
      : descriptor(std::move(file)), name(std::move(named)), bytes_max(most) {}
};

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

Result<Input> Input::open(const std::string& path, const InputOptions& options) {
  if (path == "-") {
    return spool(STDIN_FILENO, "standard input", options);
  }
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto& name = options.name.empty() ? path : options.name;
  if (descriptor.number() < 0) {
    return fail(code_of_opening(errno),
                fmt::format("{} can't be opened: {}", name, reason_of(errno)));
  }
  struct stat status{};
  if (::fstat(descriptor.number(), &status) != 0) {
    return unreadable(name, errno);
  }
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::invalid, name + " is a directory");
  }
  if (!S_ISREG(status.st_mode)) {
    return spool(descriptor.number(), name, options);
  }
  return State::make_input(std::move(descriptor), name, options.bytes_max);
}

Result<Input> Input::spool(int descriptor, std::string name, const InputOptions& options) {
  auto file = make_spool(options);
  if (!file) {
    return std::unexpected(file.error());
  }
  std::vector<char> chunk(chunk_bytes);
  std::int64_t total = 0;
  for (;;) {
    const auto count = read_full(chunk, [&](std::span<char> rest, std::size_t) {
      return ::read(descriptor, rest.data(), rest.size());
    });
    if (!count) {
      return unreadable(name, count.error());
    }
    total += static_cast<std::int64_t>(*count);
    if (total > options.bytes_max) {
      return beyond(name, options.bytes_max);
    }
    if (!write_all(file->number(), std::span(chunk).first(*count))) {
      return fail(ErrorCode::unavailable, fmt::format("{} can't be spooled to a temporary file: {}",
                                                      name, reason_of(errno)));
    }
    if (*count < chunk.size()) {
      break;
    }
  }
  return State::make_input(std::move(*file), std::move(name), options.bytes_max);
}

Result<std::size_t> Input::read(std::span<char> into) {
  check(!into.empty());
  if (state_->stop.stop_requested()) {
    return std::unexpected(stopped());
  }
  auto count = state_->packed ? state_->read_packed(into) : state_->read_stored(into);
  if (!count) {
    return count;
  }
  state_->given += static_cast<std::int64_t>(*count);
  if (state_->given > state_->bytes_max) {
    return beyond(state_->name, state_->bytes_max);
  }
  return count;
}

void Input::heed(std::stop_token stop) { state_->stop = std::move(stop); }

void Input::rewind() {
  state_->position = 0;
  state_->given = 0;
  if (state_->packed) {
    state_->unpacker = std::make_unique<Unpacker>();
  }
}

Result<Digest> Input::digest() {
  rewind();
  Sha256 hash;
  std::vector<char> chunk(chunk_bytes);
  for (;;) {
    const auto count = read(chunk);
    if (!count) {
      return std::unexpected(count.error());
    }
    if (*count == 0) {
      rewind();
      return hash.finish();
    }
    hash.add_bytes(std::string_view(chunk.data(), *count));
  }
}

Input::Progress Input::progress() const { return {state_->position, state_->stored}; }

const std::string& Input::name() const { return state_->name; }

std::unexpected<Error> Input::fault(std::int64_t line, std::string_view sentence,
                                    ErrorCode code) const {
  return fail(code, fmt::format("{}, line {}: {}", state_->name, line, sentence));
}

}  // namespace wattback::importers

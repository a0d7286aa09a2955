#include "importers/xml.h"

#include <expat.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "importers/limits.h"

namespace wattback::importers {
namespace {

constexpr int chunk_bytes = 64 << 10;
constexpr char separator = ' ';  // between a namespace and a local name; a URI holds none

struct Free {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

XmlName split(std::string_view name) {
  const auto mark = name.rfind(separator);
  return mark == std::string_view::npos ? XmlName{.space = {}, .local = name}
                                        : XmlName{name.substr(0, mark), name.substr(mark + 1)};
}

// Expat's callbacks. An error, or an exception that must not cross the C library, stops it and is
// kept for after.
class Session {
 public:
  Session(const Input& input, const XmlEvents& events)
      : input_(input), events_(events), parser_(XML_ParserCreateNS(nullptr, separator)) {
    if (parser_ == nullptr) {
      throw std::bad_alloc();
    }
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
  }

  // Parses the next `size` bytes of buffer().
  Result<void> parse(int size) {
    fed_ += size;
    const auto status = XML_ParseBuffer(parser_.get(), size, size == 0 ? XML_TRUE : XML_FALSE);
    if (exception_) {
      std::rethrow_exception(exception_);
    }
    if (error_) {
      return std::unexpected(*std::move(error_));
    }
    if (status != XML_STATUS_OK) {
      return input_.fault(
          line(), fmt::format("is not XML: {}", XML_ErrorString(XML_GetErrorCode(parser_.get()))));
    }
    // Expat holds back what does not end yet: one tag, comment or instruction.
    if (const auto index = XML_GetCurrentByteIndex(parser_.get()); index >= 0) {
      token_begin_ = index;
    }
    if (fed_ - token_begin_ > xml_token_bytes_max) {
      return input_.fault(
          line(), fmt::format("a tag or comment is longer than {} bytes", xml_token_bytes_max),
          ErrorCode::limit_exceeded);
    }
    return {};
  }

  std::span<char> buffer() {
    auto* bytes = static_cast<char*>(XML_GetBuffer(parser_.get(), chunk_bytes));
    if (bytes == nullptr) {
      throw std::bad_alloc();
    }
    return {bytes, static_cast<std::size_t>(chunk_bytes)};
  }

 private:
  std::int64_t line() const {
    return static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser_.get()));
  }

  template <class Event>
  void guard(const Event& event) {
    if (error_ || exception_) {
      return;
    }
    try {
      if (auto done = event(); !done) {
        error_ = std::move(done.error());
      }
    } catch (...) {
      exception_ = std::current_exception();
    }
    if (error_ || exception_) {
      XML_StopParser(parser_.get(), XML_FALSE);
    }
  }

  Result<void> start(const XML_Char* name, const XML_Char** attributes) {
    if (++depth_ > xml_depth_max) {
      return input_.fault(line(), fmt::format("elements are nested deeper than {}", xml_depth_max),
                          ErrorCode::limit_exceeded);
    }
    attributes_.clear();
    for (; *attributes != nullptr; attributes += 2) {
      attributes_.push_back({split(attributes[0]), attributes[1]});
    }
    return events_.on_start(line(), split(name), attributes_);
  }

  static Session& self(void* data) { return *static_cast<Session*>(data); }

  static void XMLCALL on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    self(data).guard([&] { return self(data).start(name, attributes); });
  }
  static void XMLCALL on_end(void* data, const XML_Char* /*name*/) {
    self(data).guard([&] {
      self(data).depth_ -= 1;
      return self(data).events_.on_end();
    });
  }
  static void XMLCALL on_text(void* data, const XML_Char* text, int size) {
    self(data).guard([&] {
      return self(data).events_.on_text(std::string_view(text, static_cast<std::size_t>(size)));
    });
  }
  static void XMLCALL on_doctype(void* data, const XML_Char* /*name*/, const XML_Char* /*system*/,
                                 const XML_Char* /*public_id*/, int /*has_internal_subset*/) {
    self(data).guard([&]() -> Result<void> {
      return self(data).input_.fault(self(data).line(), "has a DOCTYPE, which is not accepted");
    });
  }

  const Input& input_;
  const XmlEvents& events_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  std::vector<XmlAttribute> attributes_;
  std::size_t depth_ = 0;
  std::int64_t fed_ = 0;          // bytes of the input
  std::int64_t token_begin_ = 0;  // where the last token known begins, of those
  std::optional<Error> error_;
  std::exception_ptr exception_;
};

}  // namespace

Result<void> parse_xml(Input& input, const XmlEvents& events) {
  input.rewind();
  Session session(input, events);
  for (;;) {
    const auto count = input.read(session.buffer());
    if (!count) {
      return std::unexpected(count.error());
    }
    if (auto parsed = session.parse(static_cast<int>(*count)); !parsed) {
      return parsed;
    }
    const auto flow = events.on_pause();
    if (!flow) {
      return std::unexpected(flow.error());
    }
    if (*count == 0 || *flow == Flow::stop) {
      return {};
    }
  }
}

}  // namespace wattback::importers

#include "store/mongo/address.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <string_view>

#include "base/check.h"
#include "store/mongo/limits.h"
#include "store/mongo/mongo_store.h"

namespace wattback::store::mongo {
namespace {

constexpr const char* default_database = "wattback";
constexpr const char* program_name = "wattback";
constexpr std::size_t option_letters_max = 40;  // of one that is named

std::string scheme_of(const mongoc_uri_t* uri) {
  return mongoc_uri_get_srv_hostname(uri) != nullptr ? "mongodb+srv://" : "mongodb://";
}

std::string hosts_of(const mongoc_uri_t* uri) {
  if (const char* name = mongoc_uri_get_srv_hostname(uri); name != nullptr) {
    return name;
  }
  std::string hosts;
  for (const auto* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next) {
    hosts += (hosts.empty() ? "" : ",") + std::string(host->host_and_port);
  }
  return hosts;
}

void set_missing(mongoc_uri_t* uri, const char* option, std::chrono::milliseconds time) {
  if (!mongoc_uri_has_option(uri, option)) {
    check(mongoc_uri_set_option_as_int32(uri, option, static_cast<std::int32_t>(time.count())));
  }
}

// Reads from the primary what a majority has, writes what a majority has.
void set_concerns(mongoc_uri_t* uri) {
  const ReadConcernHandle read(mongoc_read_concern_new());
  mongoc_read_concern_set_level(read.get(), MONGOC_READ_CONCERN_LEVEL_MAJORITY);
  mongoc_uri_set_read_concern(uri, read.get());
  const WriteConcernHandle write(mongoc_write_concern_new());
  mongoc_write_concern_set_wmajority(write.get(), 0);
  mongoc_uri_set_write_concern(uri, write.get());
  const ReadPreferenceHandle primary(mongoc_read_prefs_new(MONGOC_READ_PRIMARY));
  mongoc_uri_set_read_prefs_t(uri, primary.get());
}

// libmongoc would say only that no server was found.
void check_file(const mongoc_uri_t* uri, const char* option, const std::string& text) {
  const char* path = mongoc_uri_get_option_as_utf8(uri, option, nullptr);
  if (path != nullptr && !std::ifstream(path)) {
    throw AddressRefused(fmt::format("{}: {} names {}, which can't be read", text, option, path));
  }
}

[[noreturn]] void refuse_form() {
  // What libmongoc says may quote the string.
  throw AddressRefused(
      "the store's address is no connection string of MongoDB (mongodb://HOST:PORT/DATABASE); a "
      "password's letters : / ? # [ ] @ % are written as %XX");
}

// What stands between the scheme and the database; its user and password too.
std::string_view authority_of(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) {
    refuse_form();
  }
  text.remove_prefix(scheme + 3);
  return text.substr(0, text.find('/'));
}

std::string_view written_hosts_of(std::string_view text) {
  const auto authority = authority_of(text);
  const auto user_end = authority.find('@');
  const auto hosts =
      user_end == std::string_view::npos ? authority : authority.substr(user_end + 1);
  return hosts.substr(0, hosts.find('?'));
}

// libmongoc ends the password at the first @. Where another follows, or one stands behind the
// hosts, a part of a password may be taken for a host, a database or an option, and be shown.
void check_only_at(std::string_view text) {
  const auto last = text.rfind('@');
  if (last != std::string_view::npos &&
      authority_of(text).find('@') != last - (text.find("://") + 3)) {
    refuse_form();
  }
}

// libmongoc would pass over what follows a port.
void check_ports(std::string_view text) {
  auto hosts = written_hosts_of(text);
  while (!hosts.empty()) {
    const auto end = std::min(hosts.find(','), hosts.size());
    auto host = hosts.substr(0, end);
    host.remove_prefix(host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0);
    if (std::ranges::count(host, ':') > 1) {
      refuse_form();
    }
    hosts.remove_prefix(std::min(end + 1, hosts.size()));
  }
}

// libmongoc asks for three, so that what DNS answers can be held to the domain.
void check_parts_of_srv_name(std::string_view text) {
  const auto name = written_hosts_of(text);
  const bool is_one = !name.empty() && name.find_first_of(":,") == std::string_view::npos;
  if (text.starts_with("mongodb+srv://") && is_one && std::ranges::count(name, '.') < 2) {
    throw AddressRefused(
        "the store's address names a host that mongodb+srv:// does not take: its name has three "
        "parts or more, such as cluster0.example.net; name a server itself with mongodb://");
  }
}

// The options as they are written, without the user and the password, which may hold a `?`.
std::string_view options_of(std::string_view text) {
  const auto begin = text.find("://") + 3;
  const auto hosts = text.rfind('@', std::min(text.find('/', begin), text.size()));
  const auto question = text.find('?', hosts == std::string_view::npos ? begin : hosts);
  return question == std::string_view::npos ? "" : text.substr(question + 1);
}

// Those that libmongoc keeps elsewhere than among its options, or by a newer name.
constexpr std::array kept_elsewhere{"authmechanism",
                                    "authmechanismproperties",
                                    "authsource",
                                    "compressors",
                                    "gssapiservicename",
                                    "readconcernlevel",
                                    "readpreferencetags",
                                    "ssl",
                                    "sslallowinvalidcertificates",
                                    "sslallowinvalidhostnames",
                                    "sslcertificateauthorityfile",
                                    "sslclientcertificatekeyfile",
                                    "sslclientcertificatekeypassword"};

bool is_known(const mongoc_uri_t* uri, const std::string& name) {
  return mongoc_uri_has_option(uri, name.c_str()) ||
         std::ranges::any_of(kept_elsewhere,
                             [&](const char* each) { return strcasecmp(each, name.c_str()) == 0; });
}

// libmongoc would pass over them; a misspelt `tls` would have it talk in plain.
void check_options(const mongoc_uri_t* uri, std::string_view given, const std::string& text) {
  while (!given.empty()) {
    const auto end = std::min(given.find('&'), given.size());
    const std::string name(given.substr(0, std::min(given.find('='), end)));
    given.remove_prefix(std::min(end + 1, given.size()));
    if (!name.empty() && !is_known(uri, name)) {
      const bool is_word =
          name.size() <= option_letters_max && std::ranges::all_of(name, [](char letter) {
            return std::isalnum(static_cast<unsigned char>(letter)) != 0;
          });
      throw AddressRefused(
          fmt::format("{}: its address has an option {}, which is none of MongoDB's that this "
                      "program knows",
                      text, is_word ? "'" + name + "'" : "that is no word"));
    }
  }
}

void check_database(const std::string& database, const std::string& text) {
  constexpr std::array own{"admin", "config", "local"};
  if (std::ranges::find(own, database) != own.end()) {
    throw AddressRefused(fmt::format(
        "{}: the database '{}' is MongoDB's own; name another after the /", text, database));
  }
}

}  // namespace

Address::Address(const std::string& connection_string) {
  prepare_library();
  check_only_at(connection_string);
  check_ports(connection_string);
  bson_error_t error{};
  UriHandle uri(mongoc_uri_new_with_error(connection_string.c_str(), &error));
  if (!uri) {
    check_parts_of_srv_name(connection_string);
    refuse_form();
  }
  const char* database = mongoc_uri_get_database(uri.get());
  database_ = database == nullptr || *database == '\0' ? default_database : database;
  text_ = scheme_of(uri.get()) + hosts_of(uri.get()) + "/" + database_;
  const char* password = mongoc_uri_get_password(uri.get());
  if (password != nullptr && *password == '\0') {
    throw AddressRefused(fmt::format("{}: the password is empty", text_));
  }
  check_options(uri.get(), options_of(connection_string), text_);
  check_database(database_, text_);
  check_file(uri.get(), MONGOC_URI_TLSCAFILE, text_);
  check_file(uri.get(), MONGOC_URI_TLSCERTIFICATEKEYFILE, text_);
  set_concerns(uri.get());
  set_missing(uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, selection_wait_max);
  set_missing(uri.get(), MONGOC_URI_HEARTBEATFREQUENCYMS, heartbeat);
  set_missing(uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, answer_wait_max);
  set_missing(uri.get(), MONGOC_URI_WAITQUEUETIMEOUTMS, client_wait_max);
  if (mongoc_uri_get_appname(uri.get()) == nullptr) {
    check(mongoc_uri_set_appname(uri.get(), program_name));
  }
  uri_ = {uri.release(), mongoc_uri_destroy};
}

}  // namespace wattback::store::mongo

#include "importers/input.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace wattback::importers {
namespace {

using ::testing::HasSubstr;

class InputTest : public ::testing::Test {
 protected:
  InputTest() {
    std::string name = (std::filesystem::temp_directory_path() / "input-test-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~InputTest() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path& directory() const { return directory_; }

  std::string write(const std::string& bytes) const {
    const auto path = (directory_ / "readings").string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

 private:
  std::filesystem::path directory_;
};

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  std::string source = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(source.data());
  stream.avail_in = static_cast<uInt>(source.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// Everything until the end, in pieces of `size`, or the error.
Result<std::string> read_all(Input& input, std::size_t size = 1000) {
  std::string all;
  std::vector<char> piece(size);
  for (;;) {
    const auto count = input.read(piece);
    if (!count) {
      return std::unexpected(count.error());
    }
    if (*count == 0) {
      return all;
    }
    all.append(piece.data(), *count);
  }
}

// An input spooled from a pipe that another thread fills.
Result<Input> spool_from_pipe(const std::string& bytes, const InputOptions& options = {}) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  std::jthread writer([&, end = ends[1]] {
    for (std::size_t done = 0; done < bytes.size();) {
      const auto count = ::write(end, bytes.data() + done, bytes.size() - done);
      if (count <= 0) {
        break;
      }
      done += static_cast<std::size_t>(count);
    }
    ::close(end);
  });
  auto input = Input::spool(ends[0], "standard input", options);
  for (std::array<char, 4096> rest{}; ::read(ends[0], rest.data(), rest.size()) > 0;) {
  }
  writer.join();
  ::close(ends[0]);
  return input;
}

std::string letters(std::size_t size) {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < size) {
    state = state * 1664525U + 1013904223U;
    text.push_back(static_cast<char>('a' + (state >> 16U) % 26));
  }
  return text;
}

TEST_F(InputTest, ReadsAFileAsOftenAsAsked) {
  const auto text = letters(200'000);
  auto input = Input::open(write(text));
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), text);
  EXPECT_EQ(read_all(*input), "");
  input->rewind();
  EXPECT_EQ(read_all(*input, 7), text);
}

TEST_F(InputTest, SpoolsAStreamAndRewindsIt) {
  const auto text = letters(300'000);
  auto input = spool_from_pipe(text);
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), text);
  input->rewind();
  EXPECT_EQ(read_all(*input), text);
}

TEST_F(InputTest, SpoolsANamedPipe) {
  const auto path = (directory() / "pipe").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::jthread writer([&] { std::ofstream(path) << "start,value\n"; });
  auto input = Input::open(path);
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), "start,value\n");
  EXPECT_EQ(input->name(), path);
}

TEST_F(InputTest, LeavesNoTemporaryFileBehind) {
  auto input = spool_from_pipe("bytes", {.spool_directory = directory().string()});
  ASSERT_TRUE(input);
  EXPECT_TRUE(std::filesystem::is_empty(directory()));
}

TEST_F(InputTest, UnpacksGzipFromAFileAndFromAStream) {
  const auto text = letters(300'000);
  auto file = Input::open(write(gzip(text)));
  ASSERT_TRUE(file);
  EXPECT_EQ(read_all(*file, 3), text);
  file->rewind();
  EXPECT_EQ(read_all(*file), text);
  auto stream = spool_from_pipe(gzip(text));
  ASSERT_TRUE(stream);
  EXPECT_EQ(read_all(*stream), text);
  stream->rewind();
  EXPECT_EQ(read_all(*stream), text);
}

TEST_F(InputTest, UnpacksWhatGrowsMuchAndMembersInARow) {
  const std::string zeros(5'000'000, '0');
  auto grown = Input::open(write(gzip(zeros)));
  ASSERT_TRUE(grown);
  EXPECT_EQ(read_all(*grown, 100'000), zeros);
  auto members = Input::open(write(gzip("one,") + gzip("") + gzip("two")));
  ASSERT_TRUE(members);
  EXPECT_EQ(read_all(*members), "one,two");
}

TEST_F(InputTest, RefusesGzipThatEndsEarly) {
  const auto packed = gzip(letters(100'000));
  for (const auto size :
       {packed.size() - 1, packed.size() - 8, packed.size() / 2, std::size_t{3}}) {
    const auto path = write(packed.substr(0, size));
    auto input = Input::open(path);
    ASSERT_TRUE(input);
    const auto read = read_all(*input);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, ErrorCode::invalid);
    EXPECT_EQ(read.error().detail, path + " ends before its gzip data does");
  }
}

TEST_F(InputTest, RefusesDamagedGzipAndWhatFollowsIt) {
  auto damaged = gzip(letters(100'000));
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  for (const auto& bytes : {damaged, gzip("one") + "two"}) {
    auto input = Input::open(write(bytes));
    ASSERT_TRUE(input);
    const auto read = read_all(*input);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().detail, HasSubstr("readings holds damaged gzip data"));
  }
}

TEST_F(InputTest, DigestsTheUnpackedBytesAndRewinds) {
  const auto text = letters(150'000);
  auto plain = Input::open(write(text));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->digest(), sha256(text));
  EXPECT_EQ(read_all(*plain), text);
  EXPECT_EQ(plain->digest(), sha256(text));
  auto packed = spool_from_pipe(gzip(text));
  ASSERT_TRUE(packed);
  EXPECT_EQ(packed->digest(), sha256(text));
}

TEST_F(InputTest, IsReadNoFurtherOnceAStopIsAskedFor) {
  auto input = Input::open(write(letters(150'000)));
  ASSERT_TRUE(input);
  const std::stop_source stop;
  input->heed(stop.get_token());
  EXPECT_TRUE(input->digest());
  stop.request_stop();
  EXPECT_EQ(input->digest().error().code, ErrorCode::unavailable);
}

TEST_F(InputTest, TellsHowFarItHasCome) {
  auto input = Input::open(write(letters(1000)));
  ASSERT_TRUE(input);
  EXPECT_EQ(input->progress().done, 0);
  EXPECT_EQ(input->progress().total, 1000);
  std::array<char, 400> piece{};
  ASSERT_TRUE(input->read(piece));
  EXPECT_EQ(input->progress().done, 400);
  ASSERT_TRUE(read_all(*input));
  EXPECT_EQ(input->progress().done, 1000);
}

TEST_F(InputTest, NamesWhatCannotBeOpened) {
  const auto missing = Input::open((directory() / "none").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(missing.error().detail, HasSubstr("none can't be opened: No such file"));
  const auto folder = Input::open(directory().string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::invalid);
  EXPECT_THAT(folder.error().detail, HasSubstr("is a directory"));
}

TEST_F(InputTest, NamesAnUnreadableStreamAndAnUnwritableSpool) {
  const auto unreadable = Input::spool(-1, "standard input");
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().code, ErrorCode::unavailable);
  EXPECT_THAT(unreadable.error().detail, HasSubstr("standard input can't be read"));
  const auto nowhere = spool_from_pipe("x", {.spool_directory = (directory() / "none").string()});
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code, ErrorCode::unavailable);
  EXPECT_THAT(nowhere.error().detail, HasSubstr("no temporary file can be made in"));
}

TEST_F(InputTest, HoldsTheDefaultLimitOnFiles) {
  const auto path = write("");
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(input_bytes_max) + 1);  // sparse
  const auto input = Input::open(path);
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().code, ErrorCode::limit_exceeded);
}

TEST_F(InputTest, HoldsItsLimitOnWhatIsSpooledAndUnpacked) {
  const auto spooled = spool_from_pipe(letters(200'000), {.bytes_max = 100'000});
  ASSERT_FALSE(spooled);
  EXPECT_EQ(spooled.error().code, ErrorCode::limit_exceeded);
  auto bomb = spool_from_pipe(gzip(std::string(2'000'000, '0')), {.bytes_max = 1'000'000});
  ASSERT_TRUE(bomb);
  const auto read = read_all(*bomb);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::limit_exceeded);
  EXPECT_EQ(read.error().detail, "standard input holds more than 1000000 bytes");
  bomb->rewind();
  EXPECT_FALSE(bomb->digest());
}

TEST_F(InputTest, AnEmptyInputEndsAtOnce) {
  auto input = spool_from_pipe("");
  ASSERT_TRUE(input);
  EXPECT_EQ(read_all(*input), "");
  EXPECT_EQ(input->digest(), sha256(""));
}

}  // namespace
}  // namespace wattback::importers

#include "redis/codec.h"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "base/check.h"

namespace hubwarden::redis {

// What is left of the bounds for the reply that is being read.
struct ReplyBudget {
  std::size_t bytes = ReplyReader::kMaxBytes;
  std::size_t items = ReplyReader::kMaxItems;
};

namespace {

ReplyBudget& budget_of(const redisReadTask* task) {
  return *static_cast<ReplyBudget*>(task->privdata);
}

bool take(std::size_t& left, std::size_t count) {
  if (count > left) return false;
  left -= count;
  return true;
}

// The parts of an array lie in it from its beginning, and are set as they come.
void* put(const redisReadTask* task, Reply reply) {
  if (task->parent == nullptr) return new Reply(std::move(reply));
  Reply& part = static_cast<Reply*>(task->parent->obj)->items()[static_cast<std::size_t>(task->idx)];
  part = std::move(reply);
  return &part;
}

// hiredis takes a null for a lack of memory, and ends.
void* put_text(const redisReadTask* task, char* bytes, std::size_t size) {
  if (!take(budget_of(task).bytes, size)) return nullptr;
  const std::string_view text(bytes, size);
  return put(task, task->type == REDIS_REPLY_ERROR ? Reply::error_of(text) : Reply::text_of(text));
}

void* put_array(const redisReadTask* task, int elements) {
  const auto size = static_cast<std::size_t>(elements);
  if (!take(budget_of(task).items, size)) return nullptr;
  return put(task, Reply::array_of(size));
}

void* put_integer(const redisReadTask* task, long long value) {
  return put(task, Reply::integer_of(value));
}

void* put_nil(const redisReadTask* task) {
  return put(task, Reply());
}

// Of whole replies alone: parts go with theirs.
void free_reply(void* reply) {
  delete static_cast<Reply*>(reply);
}

redisReplyObjectFunctions& functions() {
  static redisReplyObjectFunctions functions = {put_text, put_array, put_integer, put_nil, free_reply};
  return functions;
}

}  // namespace

std::string command_text(std::span<const std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* formatted = nullptr;
  const int size =
      redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), texts.data(), sizes.data());
  HW_CHECK(size > 0);
  std::string text(formatted, static_cast<std::size_t>(size));
  std::free(formatted);
  return text;
}

std::string command_text(std::initializer_list<std::string_view> words) {
  return command_text(std::span(words.begin(), words.size()));
}

ReplyReader::ReplyReader()
    : budget_(std::make_unique<ReplyBudget>()), reader_(redisReaderCreateWithFunctions(&functions())) {
  HW_CHECK(reader_ != nullptr);
  reader_->privdata = budget_.get();
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

void ReplyReader::feed(std::string_view bytes) {
  // After an error it takes nothing, and next() tells.
  (void)redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

Result<std::optional<Reply>> ReplyReader::next() {
  void* found = nullptr;
  const bool is_sound = redisReaderGetReply(reader_.get(), &found) == REDIS_OK;
  const bool is_too_long = found == nullptr && reader_->len - reader_->pos > kMaxBytes;
  if (!is_sound || is_too_long) {
    return fail(ErrorCode::kUpstreamProtocol, "what Redis sent is no reply, or larger than any");
  }
  if (found == nullptr) return std::optional<Reply>();
  *budget_ = ReplyBudget();
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(found));
  return std::optional<Reply>(std::move(*reply));
}

}  // namespace hubwarden::redis

// A plugin that does what its option `do` says: well, or wrong in one way. Of `token`, `expires_in` says how
// many seconds after the time in option `now`.

#include <hubwarden/plugin.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using Options = std::map<std::string, std::string>;

hubwarden_text text(const std::string& bytes) {
  return {bytes.data(), bytes.size()};
}

int open(const hubwarden_option* options, std::size_t count, void** self, hubwarden_error* error) {
  auto all = std::make_unique<Options>();
  for (std::size_t i = 0; i < count; ++i) (*all)[options[i].name] = options[i].value;
  if ((*all)["do"] == "throw in open") throw std::runtime_error("a text that nobody may see");
  if ((*all)["do"] == "fail in open") {
    std::snprintf(error->message, sizeof error->message, "option 'file' is missing");
    return HUBWARDEN_FAILED;
  }
  *self = all.release();
  return HUBWARDEN_OK;
}

void close(void* self) {
  const auto* const options = static_cast<Options*>(self);
  const bool throws = options->contains("throws in close");
  delete options;
  if (throws) throw 42;
}

int say(hubwarden_error* error, int status, const char* message) {
  std::snprintf(error->message, sizeof error->message, "%s", message);
  return status;
}

// Until somebody writes to the pipe whose end this is.
void wait_for(const std::string& descriptor) {
  char byte = 0;
  while (read(std::atoi(descriptor.c_str()), &byte, 1) < 0) continue;
}

int set_many(hubwarden_environment* environment, int count, std::size_t size) {
  for (int i = 0; i < count; ++i) {
    environment->set(environment, text("V" + std::to_string(i)), text(std::string(size, 'v')));
  }
  return HUBWARDEN_OK;  // whatever it was told
}

int describe(const hubwarden_workspace* workspace, hubwarden_environment* environment) {
  std::string seen = workspace->id;
  for (std::size_t i = 0; i < workspace->repository_count; ++i)
    seen += " " + std::string(workspace->repositories[i]);
  for (std::size_t i = 0; i < workspace->permission_count; ++i)
    seen += " " + std::string(workspace->permissions[i]);
  const hubwarden_text before = environment->get(environment, hubwarden_text_of("SEEN"));
  if (before.data != nullptr) seen = std::string(before.data, before.size) + ", " + seen;
  return environment->set(environment, hubwarden_text_of("SEEN"), text(seen));
}

int environment(void* self, const hubwarden_workspace* workspace, hubwarden_environment* environment,
                hubwarden_error* error) {
  Options& options = *static_cast<Options*>(self);
  const std::string& what = options.at("do");
  const auto set = [&](const std::string& name, const std::string& value) {
    return environment->set(environment, text(name), text(value));
  };
  if (what == "throw") throw std::runtime_error("a text that nobody may see");
  if (what == "throw a number") throw 42;
  if (what == "fail") return say(error, HUBWARDEN_FAILED, "the vault is sealed\n\x1b[2J");
  if (what == "repeat a token") return say(error, HUBWARDEN_FAILED, "not with ghs_nobodymaysee");
  if (what == "be away") return say(error, HUBWARDEN_UNAVAILABLE, "the vault is away");
  if (what == "fail without a word") return HUBWARDEN_FAILED;
  if (what == "return nonsense") return say(error, 77, "?");
  if (what == "claim to be refused") return HUBWARDEN_REFUSED;
  if (what == "never end a message") {
    std::memset(error->message, 'x', sizeof error->message);
    return HUBWARDEN_FAILED;
  }
  if (what == "set a bad name") return set("A=B", "x"), HUBWARDEN_OK;
  if (what == "set a name with NUL") return set(std::string("A\0B", 3), "x");
  if (what == "set no name") return environment->set(environment, {nullptr, 0}, text("x"));
  if (what == "set a value with NUL") return set("A", std::string("a\0b", 3));
  if (what == "set a value that is not UTF-8") return set("A", "\xff");
  if (what == "set a huge value") return environment->set(environment, text("A"), {"x", SIZE_MAX / 2});
  if (what == "set too many") return set_many(environment, 1000, 1);
  if (what == "set too much") return set_many(environment, 100, 60'000);
  if (what == "unset") return environment->unset(environment, hubwarden_text_of(options.at("name").c_str()));
  if (what == "wait") wait_for(options.at("pipe"));
  return describe(workspace, environment);
}

int token(void* self, const hubwarden_wish* wish, hubwarden_token* answer, hubwarden_error* error) {
  Options& options = *static_cast<Options*>(self);
  const std::string& what = options.at("do");
  const std::int64_t expires_at =
      options.contains("expires_at") ? std::atoll(options["expires_at"].c_str()) : HUBWARDEN_NEVER;
  if (what == "throw") throw std::runtime_error("a text that nobody may see");
  if (what == "decline") return say(error, HUBWARDEN_DECLINED, "no token for that repository");
  if (what == "give nothing") return HUBWARDEN_OK;
  if (what == "give two") answer->give(answer, hubwarden_text_of("one"), HUBWARDEN_NEVER);
  if (what == "give an empty one") return answer->give(answer, {nullptr, 0}, HUBWARDEN_NEVER);
  if (what == "give a quote") return answer->give(answer, hubwarden_text_of("a\"b"), HUBWARDEN_NEVER);
  if (what == "give a long one") return answer->give(answer, text(std::string(9000, 'x')), HUBWARDEN_NEVER);
  if (what == "give no time") return answer->give(answer, hubwarden_text_of("x"), -1);
  if (what == "give the end of time")
    return answer->give(answer, hubwarden_text_of("x"), HUBWARDEN_NEVER - 1);
  std::string value = options.contains("token") ? options["token"] : "tok_" + std::string(wish->host);
  if (what == "repeat the wish") {
    for (std::size_t i = 0; i < wish->repository_count; ++i)
      value += "_" + std::string(wish->repositories[i]);
    for (std::size_t i = 0; i < wish->permission_count; ++i) value += "_" + std::string(wish->permissions[i]);
    value += "_" + std::to_string(wish->min_seconds);
  }
  return answer->give(answer, text(value), expires_at);
}

const hubwarden_plugin plugin = {HUBWARDEN_PLUGIN_ABI, sizeof plugin, open, close, environment, token};

}  // namespace

const hubwarden_plugin* hubwarden_plugin_entry(std::uint32_t host_abi) {
  return host_abi == HUBWARDEN_PLUGIN_ABI ? &plugin : nullptr;
}

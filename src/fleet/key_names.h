#pragma once

// Under which names what replicas share about a scope, a handle, a host or a holder lies in Redis.
// They tell nobody whose it is, and lie in one slot of a cluster.
//
//   const KeyNames names(scope.key());
//   names.token();   // "hubwarden:v1:{…64 hex digits…}:token"

#include <string>
#include <string_view>

namespace hubwarden::fleet {

class KeyNames {
 public:
  // A scope's key, or a text for something else that is like none.
  explicit KeyNames(std::string_view scope_key);

  const std::string& hash() const { return hash_; }  // hex of the key's SHA-256
  std::string token() const { return beginning_ + ":token"; }
  std::string lock() const { return beginning_ + ":lock"; }
  std::string failure() const { return beginning_ + ":failure"; }
  std::string place() const { return beginning_ + ":place"; }
  std::string leases() const { return beginning_ + ":leases"; }
  std::string spent() const { return beginning_ + ":spent"; }
  std::string used() const { return beginning_ + ":used"; }
  std::string ends() const { return beginning_ + ":ends"; }
  std::string promises() const { return beginning_ + ":promises"; }
  std::string held() const { return beginning_ + ":held"; }
  std::string holdings() const { return beginning_ + ":holdings"; }

 private:
  std::string hash_;
  std::string beginning_;
};

// The names of all tokens; `*` stands for anything.
inline constexpr std::string_view kTokenNames = "hubwarden:v1:*:token";
// What replicas publish: "released <hash>", and "told" when there is something new in the journal.
inline constexpr std::string_view kChannel = "hubwarden:v1:news";
// A stream, and a sorted set of the replicas by when each has last looked into it; in one slot.
inline constexpr std::string_view kJournal = "hubwarden:v1:{journal}:stream";
inline constexpr std::string_view kReplicas = "hubwarden:v1:{journal}:replicas";

}  // namespace hubwarden::fleet

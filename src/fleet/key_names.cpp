#include "fleet/key_names.h"

#include "base/text.h"
#include "crypto/digest.h"

namespace hubwarden::fleet {

KeyNames::KeyNames(std::string_view scope_key)
    : hash_(hex(crypto::sha256(scope_key))), beginning_("hubwarden:v1:{" + hash_ + "}") {
}

}  // namespace hubwarden::fleet

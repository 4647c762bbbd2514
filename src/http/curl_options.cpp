#include "http/curl_options.h"

namespace hubwarden::http {

CurlOptions::CurlOptions() : user_agent("hubwarden/" HUBWARDEN_VERSION) {
}

}  // namespace hubwarden::http

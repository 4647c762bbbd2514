#pragma once

// {"env": {"HUBWARDEN_URL": "…", …}}. Pure. Written by hand into one text of the right size: any value may be
// a secret, and a library's buffers would leave copies of it behind.

#include <hubwarden/provider.h>

#include <string>

namespace hubwarden::delivery {

std::string environment_json(const providers::BootEnvironment& environment);

}  // namespace hubwarden::delivery

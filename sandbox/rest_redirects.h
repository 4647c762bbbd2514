#pragma once

// Routes whose answer is an address elsewhere: archives, logs, artifacts, the bytes of a release's asset.

#include "sandbox/exchange.h"

namespace hubwarden::sandbox {

// The tarball or zipball of a branch, a tag or a commit; the default branch when none is named.
Step redirect_to_archive(Context context);
Step redirect_to_logs(Context context);
Step redirect_to_artifact(Context context);
// With Accept: application/octet-stream; otherwise what is known about the asset.
Step get_release_asset(Context context);

}  // namespace hubwarden::sandbox

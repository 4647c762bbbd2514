-- For wrk: requests of a file, chosen at random. A line of it is a path, a bearer or "-", and, for a POST, its JSON.
-- Prints "requests microseconds p99-in-microseconds failures" at the end.
local prepared = {}

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, bearer, body = line:match("^(%S+) (%S+) ?(.*)$")
    local fields = { Authorization = bearer ~= "-" and "Bearer " .. bearer or nil }
    if body ~= "" then fields["Content-Type"] = "application/json" end
    prepared[#prepared + 1] = wrk.format(body == "" and "GET" or "POST", path, fields, body ~= "" and body or nil)
  end
end

function request()
  return prepared[math.random(#prepared)]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format("measured %d %d %d %d", summary.requests, summary.duration, latency:percentile(99), failures))
end

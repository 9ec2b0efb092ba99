-- wrk's script. Arguments behind "--": METHOD FILE [TOKEN]
-- FILE: a path a line, or "path<TAB>body". The requests are written once and sent in this order, again and again.
local requests, count, last = {}, 0, 0

function init(arguments)
  local method, file, token = arguments[1], arguments[2], arguments[3]
  local headers = { ["Host"] = "127.0.0.1", ["Accept"] = "application/json" }
  if token then headers["Authorization"] = "Bearer " .. token end
  if method == "POST" then headers["Content-Type"] = "application/json" end
  for line in io.lines(file) do
    local path, body = line:match("^([^\t]*)\t?(.*)$")
    if body == "" then body = nil end
    count = count + 1
    requests[count] = wrk.format(method, path, headers, body)
  end
end

function request()
  last = last % count + 1
  return requests[last]
end

function done(summary, latency)
  io.write(string.format(
    'JSON{"requests":%d,"duration_us":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,' ..
    '"p50_us":%d,"p90_us":%d,"p99_us":%d,"max_us":%d}\n',
    summary.requests, summary.duration, summary.bytes, summary.errors.connect, summary.errors.read,
    summary.errors.write, summary.errors.status, summary.errors.timeout, latency:percentile(50),
    latency:percentile(90), latency:percentile(99), latency.max))
end

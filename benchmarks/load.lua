-- The requests of one kind of load, for wrk:
--   wrk ... -s load.lua URL -- KIND SESSIONS ROUND FIRST_HOUR [explain]
-- SESSIONS has a line a member: user id, session token; REWARDS and USAGE_TOKEN come from the
-- environment. With `explain` the first answer that is no success is printed.

local requests = {} -- a member's request, but for what is new each time
local tails = {}
local member, count, hour, kind, round = 0, 0, 0, "", ""

local function head(method, path, bearer, headers)
  return table.concat({method .. " " .. path .. " HTTP/1.1", "Host: 127.0.0.1",
                       "Authorization: Bearer " .. bearer, headers}, "\r\n")
end

local function json_headers(length)
  return "Content-Type: application/json\r\nContent-Length: " .. length .. "\r\n"
end

local function instant(hours)
  return os.date("!%Y-%m-%dT%H:00:00Z", hours * 3600)
end

local function reading()
  return '{"start":"' .. instant(hour) .. '","duration":3600,"energy_consumed":0.5,"energy_type":"Renewable"}'
end

local makers = {}

function makers.catalog(_, session)
  return head("GET", "/api/v1/rewards", session, "\r\n")
end

function makers.redemptions(_, session)
  return head("POST", "/api/v1/users/me/redemptions", session, json_headers(52) .. "Idempotency-Key: " .. round)
end

function makers.usage(user, _)
  local path = "/api/v1/users/" .. user .. "/usage"
  return head("POST", path, os.getenv("USAGE_TOKEN"), json_headers(#reading()) .. "\r\n")
end

function init(arguments)
  local sessions
  kind, sessions, round, hour = arguments[1], arguments[2], arguments[3], tonumber(arguments[4])
  for user, session in io.open(sessions):read("*a"):gmatch("(%S+) (%S+)\n") do
    requests[#requests + 1] = makers[kind](user, session)
  end
  for reward in os.getenv("REWARDS"):gmatch("%S+") do
    tails[#tails + 1] = '\r\n\r\n{"reward_id":"' .. reward .. '"}'
  end
  if arguments[5] == "explain" then
    response = function(status, _, body)
      if status < 200 or status > 299 then
        print("answered " .. status .. ": " .. body)
        wrk.thread:stop()
      end
    end
  end
end

local body = ""

function request()
  member = member + 1
  if member > #requests or body == "" then
    if member > #requests then
      member, hour = 1, hour + 1
    end
    body = reading()
  end
  count = count + 1
  if kind == "redemptions" then
    return requests[member] .. count .. tails[count % #tails + 1]
  end
  return kind == "usage" and requests[member] .. body or requests[member]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,"p50_ms":%.3f,"p99_ms":%.3f}',
                      summary.requests, summary.duration / 1e6, errors.status,
                      errors.connect + errors.read + errors.write + errors.timeout,
                      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end

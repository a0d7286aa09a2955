-- The requests of one kind of load, for wrk:
--   wrk ... -s load.lua URL -- KIND SESSIONS ROUND FIRST_HOUR [explain]
-- SESSIONS has a line a member: user id, session token; they ask in turn, in another order each ROUND.
-- REWARDS and USAGE_TOKEN come from the environment; ZIPF where rewards are not redeemed in turn, but the
-- nth with a weight of n^-ZIPF; MONTH, the days of a month as a query has them. With `explain` the first
-- answer that is no success is printed.

local requests = {} -- a member's request, but for what is new each time
local tails = {}
local choices = {} -- which of the tails, drawn ahead
local choices_max = 65536
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

function makers.statement(_, session)
  return head("GET", "/api/v1/users/me/points/statement?limit=20", session, "\r\n")
end

function makers.month(_, session)
  return head("GET", "/api/v1/users/me/usage/monthly?" .. os.getenv("MONTH"), session, "\r\n")
end

function makers.redemptions(_, session)
  return head("POST", "/api/v1/users/me/redemptions", session, json_headers(52) .. "Idempotency-Key: " .. round)
end

function makers.usage(user, _)
  local path = "/api/v1/users/" .. user .. "/usage"
  return head("POST", path, os.getenv("USAGE_TOKEN"), json_headers(#reading()) .. "\r\n")
end

local function shuffle(list, seed)
  math.randomseed(seed)
  for last = #list, 2, -1 do
    local at = math.random(last)
    list[at], list[last] = list[last], list[at]
  end
end

-- A place among the rewards for each redemption to come, over and over.
local function draw(exponent)
  local shares, sum = {}, 0
  for place = 1, #tails do
    sum = sum + place ^ -exponent
    shares[place] = sum
  end
  math.randomseed(1)
  for number = 1, choices_max do
    local at, low, high = math.random() * sum, 1, #tails
    while low < high do
      local middle = math.floor((low + high) / 2)
      if shares[middle] < at then
        low = middle + 1
      else
        high = middle
      end
    end
    choices[number] = low
  end
end

function init(arguments)
  local sessions
  kind, sessions, round, hour = arguments[1], arguments[2], arguments[3], tonumber(arguments[4])
  for user, session in io.open(sessions):read("*a"):gmatch("(%S+) (%S+)\n") do
    requests[#requests + 1] = makers[kind](user, session)
  end
  shuffle(requests, tonumber(round:match("%d+")))
  for reward in os.getenv("REWARDS"):gmatch("%S+") do
    tails[#tails + 1] = '\r\n\r\n{"reward_id":"' .. reward .. '"}'
  end
  if os.getenv("ZIPF") then
    draw(tonumber(os.getenv("ZIPF")))
  else
    for place = 1, #tails do
      choices[place] = place
    end
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
    return requests[member] .. count .. tails[choices[count % #choices + 1]]
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

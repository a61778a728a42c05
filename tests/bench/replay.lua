-- wrk -s replay.lua URL -- FILE [first=N] [gap=MS]
--
-- Sends the requests of FILE in rotation; "first" ends it after so many answers
-- and counts their statuses; with a gap each connection rests before each request.
-- A line is a request, its parts separated by tabs:
--   method, path, "Name: value" ..., "=body"
-- At the end one line of JSON tells what wrk saw.

local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int number);")
local SIGINT = 2
local FEW = 100 -- answered before wrk waits, so that nothing would wake it

local requests = {}
local at, answered, first = 0, 0, 0
local threads = {}
statuses = ""

function setup(thread)
   table.insert(threads, thread)
end

local function read(line)
   local parts, headers, body = {}, {}, nil
   for part in line:gmatch("[^\t]+") do
      parts[#parts + 1] = part
   end
   for i = 3, #parts do
      if parts[i]:sub(1, 1) == "=" then
         body = parts[i]:sub(2)
      else
         local name, value = parts[i]:match("^([^:]+): (.*)$")
         headers[name] = value
      end
   end
   return wrk.format(parts[1], parts[2], headers, body)
end

function init(args)
   local gap = 0
   for i = 2, #args do
      first = tonumber(args[i]:match("^first=(%d+)$")) or first
      gap = tonumber(args[i]:match("^gap=(%d+)$")) or gap
   end
   for line in io.lines(args[1]) do
      requests[#requests + 1] = read(line)
   end
   if first > 0 then
      response = count
   end
   if gap > 0 then
      delay = function() return gap end
   end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

local seen = {}
function count(status)
   answered = answered + 1
   if answered <= first then
      seen[status] = (seen[status] or 0) + 1
   end
   if answered == first then
      local list = {}
      for code, n in pairs(seen) do
         list[#list + 1] = string.format('"%d":%d', code, n)
      end
      statuses = table.concat(list, ",")
      wrk.thread:stop()
      if first >= FEW then -- wakes who waits for the time to pass
         ffi.C.kill(ffi.C.getpid(), SIGINT)
      end
   end
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format(
      '{"requests":%d,"seconds":%.6f,"refused":%d,"broken":%d,' ..
      '"p50":%.3f,"p99":%.3f,"max":%.3f,"statuses":{%s}}\n',
      summary.requests, summary.duration / 1e6, e.status,
      e.connect + e.read + e.write + e.timeout,
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
      latency.max / 1e3, threads[1]:get("statuses") or ""))
end

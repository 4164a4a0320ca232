-- Counts a fleet's instances, and gives a share of them a lease each, in one step and by the server's clock.
-- KEYS: the instances, by when they were last seen; the leases, by when they run out.
-- ARGV: the instance; for how many milliseconds it counts; what it wants ("stay", "take", "give" or "leave"); and to take or give: the lease's
-- name, which share of the instances may hold one, and for how many milliseconds it holds.
-- Answers 1 when it has the lease, else 0. Only what Redis 7 and Garnet both know. To run it twice is to run it once.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local instances, leases = KEYS[1], KEYS[2]
local instance, counts, wants = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local lease, share, holds = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

local function score(milliseconds)
  return string.format('%.0f', milliseconds)
end

if wants == 'leave' then
  redis.call('ZREM', instances, instance)
  return 0
end

redis.call('ZREMRANGEBYSCORE', instances, '-inf', score(now - counts))
redis.call('ZADD', instances, score(now), instance)
redis.call('PEXPIRE', instances, 10 * counts)

if wants == 'give' then
  redis.call('ZREM', leases, lease)
elseif wants == 'take' then
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', score(now))
  -- 0.3 of ten is a hair less than three in binary.
  local most = math.max(1, math.floor(redis.call('ZCARD', instances) * share + 0.000001))
  if redis.call('ZSCORE', leases, lease) or redis.call('ZCARD', leases) < most then
    redis.call('ZADD', leases, score(now + holds), lease)
    redis.call('PEXPIRE', leases, math.max(holds, redis.call('PTTL', leases)))
    return 1
  end
end

return 0

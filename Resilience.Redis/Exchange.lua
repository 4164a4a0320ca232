-- Tells what a node knows of each circuit and reads what the others know, in one step and by the server's clock.
-- KEYS, two for each circuit: what its nodes know, and whose turn it is to probe.
-- ARGV: the node; for how many milliseconds what it says holds; how many nodes a circuit may have; then two for each circuit: what the node knows
-- ("<bad> <calls> …", empty when it leaves) and what it wants of the turn ("take", "give" or nothing).
-- Answers four numbers for each circuit: whether it is the node's turn, how many others there are, how many of them have an opinion, how many a bad one.
-- Only what Redis 7 and Garnet both know. To run it twice is to run it once.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local node, holds, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local answer = {}

for circuit = 1, #KEYS / 2 do
  local known, turn = KEYS[2 * circuit - 1], KEYS[2 * circuit]
  local says, wants = ARGV[2 * circuit + 2], ARGV[2 * circuit + 3]

  local others, speaking, bad = 0, 0, 0
  local all = redis.call('HGETALL', known)
  for at = 1, #all, 2 do
    if all[at] ~= node then
      local seen, isBad, calls = string.match(all[at + 1], '^(%d+) (%d) (%d+)')
      -- From the future it is when another server took over whose clock is behind.
      if seen == nil or math.abs(now - tonumber(seen)) > holds then
        redis.call('HDEL', known, all[at])
      else
        others = others + 1
        if isBad == '1' then bad = bad + 1 end
        if isBad == '1' or calls ~= '0' then speaking = speaking + 1 end
      end
    end
  end

  if says == '' then
    redis.call('HDEL', known, node)
  elseif others < most then
    redis.call('HSET', known, node, string.format('%.0f', now) .. ' ' .. says)
    redis.call('PEXPIRE', known, 10 * holds)
  end

  local mine = 0
  if wants == 'take' then
    if redis.call('SET', turn, node, 'NX', 'PX', holds) or redis.call('GET', turn) == node then
      redis.call('PEXPIRE', turn, holds)
      mine = 1
    end
  elseif wants == 'give' and redis.call('GET', turn) == node then
    redis.call('DEL', turn)
  end

  for _, number in ipairs({ mine, others, speaking, bad }) do
    answer[#answer + 1] = number
  end
end

return answer

-- Adds sums that fade, and answers with all there are.
-- KEYS: the sums, what this process has told of them. ARGV: the number of what it tells, the half-life and how long all is
-- kept in seconds, the most rows, and for each row its name and its sums, the time that they are as of first.
local number, half_life, ttl, most = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])

local function numbers(text)
    local all = {}
    for word in string.gmatch(text, '%S+') do
        all[#all + 1] = tonumber(word) or 0
    end
    return all
end

local function share(from, to)
    return 2 ^ (-math.max(to - from, 0) / half_life)
end

local told = redis.call('GET', KEYS[2])
if #ARGV > 4 and not (told and tonumber(told) >= number) then
    for at = 5, #ARGV, 2 do
        local kept = redis.call('HGET', KEYS[1], ARGV[at])
        if kept then
            local old, new = numbers(kept), numbers(ARGV[at + 1])
            local now = math.max(old[1], new[1])
            local of_old, of_new = share(old[1], now), share(new[1], now)
            local sums = { string.format('%.17g', now) }
            for place = 2, math.max(#old, #new) do
                sums[place] = string.format('%.17g', (old[place] or 0) * of_old + (new[place] or 0) * of_new)
            end
            redis.call('HSET', KEYS[1], ARGV[at], table.concat(sums, ' '))
        elseif redis.call('HLEN', KEYS[1]) < most then
            redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
        end
    end
    redis.call('SET', KEYS[2], ARGV[1], 'EX', 86400)
end
redis.call('EXPIRE', KEYS[1], ttl)
return redis.call('HGETALL', KEYS[1])

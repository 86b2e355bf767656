-- What others have told of a stream of calls; then what this process tells.
-- KEYS: the stream, what this process has told it. ARGV: after which entry, the most entries, how long all is kept in
-- seconds, the process, the number of what it tells, and its labels.
local after, most, ttl, process, number = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local heard, last = {}, after
local read = redis.call('XREAD', 'COUNT', most, 'STREAMS', KEYS[1], after)
if read then
    for _, entry in ipairs(read[1][2]) do
        last = entry[1]
        local fields = entry[2]
        -- What was told already by this very telling, of which the answer was lost.
        if not (fields[2] == process and tonumber(fields[4]) == number) then
            heard[#heard + 1] = fields[6]
        end
    end
end
local told = redis.call('GET', KEYS[2])
if #ARGV > 5 and not (told and tonumber(told) >= number) then
    for at = 6, #ARGV do
        last = redis.call('XADD', KEYS[1], 'MAXLEN', most, '*', 'p', process, 'n', ARGV[5], 'l', ARGV[at])
    end
    redis.call('SET', KEYS[2], ARGV[5], 'EX', 86400)
end
redis.call('EXPIRE', KEYS[1], ttl)
return { last, heard }

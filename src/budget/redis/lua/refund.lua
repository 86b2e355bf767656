-- Takes back spending that turned out not to be owed.
local REFUNDS, REFUND_ORDER = KEYS[11], KEYS[12]
local MOST_REFUNDS = 4096

local id, target, name, other = arg(), arg(), arg(), arg()
local amount, amount_low = read(arg())

sweep(4)
local done = redis.call('HGET', REFUNDS, id)
if done then
  return finish('ok', { done })
end

local high, low = 0, 0
if target == 'hold' then
  local doubt = doubt_of(name)
  if not doubt then
    name = other
    doubt = doubt_of(name)
  end
  if not doubt then
    return finish('unknown', {})
  end
  local unpaid, unpaid_low = subtract(doubt[CHARGED], doubt[CHARGED + 1], doubt[REFUNDED], doubt[REFUNDED + 1])
  high, low = least(amount, amount_low, unpaid, unpaid_low)
  doubt[REFUNDED], doubt[REFUNDED + 1] = add(doubt[REFUNDED], doubt[REFUNDED + 1], high, low)
  local charges = doubt[OF][CHARGES]
  for i = 1, #charges, 2 do
    -- A window that is past and closed has nothing to correct.
    local record = record_of(account(charges[i]), charges[i + 1])
    if record then
      record[SPENT], record[SPENT + 1] = subtract(record[SPENT], record[SPENT + 1], high, low)
      touch(charges[i])
    end
  end
  save_doubt(name, doubt)
else
  local found = account(name)
  if found then
    local _, alive = tidy(found)
    found = alive and found
  end
  if not found then
    return finish('unknown', {})
  end
  for _, record in ipairs(found[RECORDS]) do
    if runs(record) then
      local a, b = least(amount, amount_low, record[SPENT], record[SPENT + 1])
      record[SPENT], record[SPENT + 1] = subtract(record[SPENT], record[SPENT + 1], a, b)
      if above(a, b, high, low) then
        high, low = a, b
      end
    end
  end
  touch(name)
end

local text = write(high, low)
local order = redis.call('ZREVRANGE', REFUND_ORDER, 0, 0, 'WITHSCORES')
write_later('HSET', REFUNDS, id, text)
write_later('ZADD', REFUND_ORDER, exactly(tonumber(order[2] or 0) + 1), id)
if redis.call('ZCARD', REFUND_ORDER) >= MOST_REFUNDS then
  local oldest = redis.call('ZRANGE', REFUND_ORDER, 0, 0)[1]
  remove_later('ZREM', REFUND_ORDER, oldest)
  remove_later('HDEL', REFUNDS, oldest)
end
return finish('ok', { text })

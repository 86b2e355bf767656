-- Ends holds, each one once.

-- What an end costs whose hold had this bound.
local function cost(how, amount, bound, bound_low)
  if how == 'released' then
    return 0, 0
  elseif how == 'bound' then
    return bound, bound_low
  end
  local high, low = read(amount)
  if how == 'cut' then
    return least(high, low, bound, bound_low)
  end
  return high, low
end

local function check_bound(id, hold, how, high, low)
  if how == 'counted' or not above(high, low, hold[BOUND], hold[BOUND + 1]) then
    return
  end
  exceeded = exceeded + 1
  changed = true
  events[#events + 1] = {
    'exceeded', id, hold[MODEL], hold[PROVIDER], write(hold[BOUND], hold[BOUND + 1]), write(high, low),
    hold[CHARGES][1] or '',
  }
end

-- The end of a hold that has expired corrects what was charged then, once.
local function settle_late(id, how, amount, used)
  local doubt = doubt_of(id)
  if not doubt or doubt[EXPIRED] ~= 1 then
    return false
  end
  local hold = doubt[OF]
  local high, low = cost(how, amount, hold[BOUND], hold[BOUND + 1])
  -- An end that knows no more than before undoes no refund.
  local kept, kept_low = 0, 0
  if how == 'bound' or how == 'cut' then
    kept, kept_low = least(doubt[REFUNDED], doubt[REFUNDED + 1], high, low)
  end
  local after, after_low = subtract(high, low, kept, kept_low)
  -- What was refunded meanwhile is part of the correction, not beside it.
  local before, before_low = subtract(doubt[CHARGED], doubt[CHARGED + 1], doubt[REFUNDED], doubt[REFUNDED + 1])
  for i = 1, #hold[CHARGES], 2 do
    local name, window = hold[CHARGES][i], hold[CHARGES][i + 1]
    local record = record_of(account(name), window)
    if record then
      local a, b = add(record[SPENT], record[SPENT + 1], after, after_low)
      record[SPENT], record[SPENT + 1] = subtract(a, b, before, before_low)
      record[USED] = 1
      local model = tally(window, name_of(hold))
      a, b = add(model[2], model[3], after, after_low)
      model[2], model[3] = subtract(a, b, before, before_low)
      touch(name)
    end
  end
  if how == 'bound' or how == 'cut' then
    doubt[CHARGED], doubt[CHARGED + 1], doubt[EXPIRED] = high, low, 0
    doubt[REFUNDED], doubt[REFUNDED + 1] = kept, kept_low
    save_doubt(id, doubt)
  else
    doubts[id] = false
    write_later('HDEL', DOUBTS, id)
    write_later('ZREM', DOUBT_ORDER, id)
  end
  give_back(hold, used)
  check_bound(id, hold, how, high, low)
  return true
end

local function settle(id, how, amount, used)
  local hold = hold_of(id)
  if hold and hold[LEASE] <= now then
    expire(id, hold)
    hold = false
  end
  if not hold then
    return settle_late(id, how, amount, used)
  end
  local high, low = cost(how, amount, hold[BOUND], hold[BOUND + 1])
  post(id, hold, high, low)
  give_back(hold, used)
  if how == 'bound' or how == 'cut' then
    add_doubt(id, hold, high, low, 0)
  else
    check_bound(id, hold, how, high, low)
  end
  return true
end

local count = number()
for _ = 1, count do
  local id, how, amount, used, remember, other = arg(), arg(), arg(), arg(), arg(), arg()
  local found = settle(id, how, amount, used)
  if not found and other ~= '' then
    found = settle(other, how, amount, used)
  end
  -- One that was made before and not answered: how its accounts stand now.
  for _ = 1, number() do
    local name = arg()
    account(name)
    if not found then
      shown[#shown + 1] = name
    end
  end
  -- Its reserve may be on the way still, or a copy of it; then that takes nothing.
  if remember == '1' then
    write_later('ZADD', ENDED, exactly(now + REMEMBERED), id)
  end
end
sweep(4)
return finish('ok', {})

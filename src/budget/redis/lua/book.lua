-- What every script begins with: the ledger's clock, accounts, holds, and what is told of them. A script reads first,
-- and writes at its end: an error on the way leaves everything as it was.
local META, ACCOUNTS, KINDS, HOLDS, LEASES, ENDS, ENDED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local DOUBTS, DOUBT_ORDER, MODELS = KEYS[8], KEYS[9], KEYS[10]
local PEERS, PEERS_SEEN = KEYS[13], KEYS[14]

-- Places in packed values.
local WOULD, UNTIL, BORN, CHECK, RECORDS = 1, 2, 4, 5, 6
local SERIAL, KIND, START, END = 1, 2, 3, 4
local SPENT, HELD, OPEN, USED, ALERTED = 5, 7, 9, 10, 11
local BOUND, MODEL, PROVIDER, SINCE, LEASE, CHARGES, RATES = 1, 3, 4, 5, 6, 7, 8
local OF, CHARGED, REFUNDED, AT, EXPIRED = 1, 2, 4, 6, 7

local MOST_MODELS = 10000
local LONGEST = 1e15
local EXACT = 9007199254740992
-- How long a settlement is remembered that may have come before its own reserve.
local REMEMBERED = 600e6
local WEEK = 604800e6

local next_arg = 0
local function arg()
  next_arg = next_arg + 1
  return ARGV[next_arg]
end
local function number()
  return tonumber(arg())
end
local function exactly(n)
  return string.format('%.0f', n)
end

local epoch, fresh_epoch, peer, acked, told_time = arg(), arg(), arg(), number(), arg()
local doubts_kept, most_accounts = number(), number()

local known = redis.call('HMGET', META, 'epoch', 'seq', 'now', 'serial', 'doubtful', 'exceeded', 'would', 'forced',
  'uncounted', 'doubt')
if epoch ~= '' and known[1] ~= epoch then
  return { 'lost' }
end
local begun = known[1] and true or false
if not begun then
  known[1] = fresh_epoch
end
local seq, now, serial = tonumber(known[2] or 0), tonumber(known[3] or 0), tonumber(known[4] or 0)
local doubtful, exceeded, would = tonumber(known[5] or 0), tonumber(known[6] or 0), tonumber(known[7] or 0)
local forced_count, uncounted = tonumber(known[8] or 0), tonumber(known[9] or 0)
local doubt_number = tonumber(known[10] or 0)
-- How many writes of this peer there have been: fewer than it was told means that some are lost.
local mine = tonumber(redis.call('HGET', PEERS, peer) or 0)
if mine < acked then
  return { 'back', exactly(mine) }
end

-- The clock never goes back.
do
  local at
  if told_time ~= '' then
    at = tonumber(told_time)
  else
    local time = redis.call('TIME')
    at = time[1] * 1000000 + time[2]
  end
  if at > now then
    now = at
  end
end

local changed = false
local removals, writes = {}, {}
local function write_later(...)
  changed = true
  writes[#writes + 1] = { ... }
end
-- Comes before all writes, since it is allowed also where memory is used up, and all that follows it is then.
local function remove_later(...)
  changed = true
  removals[#removals + 1] = { ... }
end

local events = {}

-- Accounts by name; false where there is none.
local accounts, stored, touched, touched_names, shown = {}, {}, {}, {}, {}
local made = 0
local doubt_added = false

local function account(name)
  local found = accounts[name]
  if found == nil then
    local packed = redis.call('HGET', ACCOUNTS, name)
    found = packed and cmsgpack.unpack(packed) or false
    stored[name] = packed and true or false
    accounts[name] = found
  end
  return found
end

local function touch(name)
  if not touched[name] then
    touched[name] = true
    touched_names[#touched_names + 1] = name
  end
  changed = true
end

local function open_account(name)
  local found = account(name)
  if not found then
    serial = serial + 1
    found = { 0, 0, 0, serial, 0, {} }
    accounts[name] = found
    made = made + 1
  end
  return found
end

local function runs(record)
  return record[END] == 0 or now < record[END]
end

local function needed(record)
  return record[OPEN] > 0 or (record[USED] == 1 and runs(record))
end

local function running(found, kind)
  if found then
    for _, record in ipairs(found[RECORDS]) do
      if record[KIND] == kind and runs(record) then
        return record
      end
    end
  end
  return nil
end

local function record_of(found, wanted)
  if found then
    for _, record in ipairs(found[RECORDS]) do
      if record[SERIAL] == wanted then
        return record
      end
    end
  end
  return nil
end

-- Spending by model, under `window|model`, and the names of a window's models under `window`.
local tallies, listed = {}, {}

local function models_of(window)
  if listed[window] == nil then
    local packed = redis.call('HGET', MODELS, exactly(window))
    listed[window] = { names = packed and cmsgpack.unpack(packed) or {}, new = false }
  end
  return listed[window]
end

local function tally(window, name)
  local key = exactly(window) .. '|' .. name
  local found = tallies[key]
  if found == nil then
    local packed = redis.call('HGET', MODELS, key)
    found = packed and cmsgpack.unpack(packed) or false
    if not found then
      local list = models_of(window)
      if #list.names >= MOST_MODELS and name ~= 'others\0others' then
        return tally(window, 'others\0others')
      end
      list.names[#list.names + 1] = name
      list.new = true
      found = { 0, 0, 0 }
    end
    tallies[key] = found
  end
  return found
end

local function spend(record, name, high, low)
  if high == 0 and low == 0 then
    return
  end
  record[USED] = 1
  record[SPENT], record[SPENT + 1] = add(record[SPENT], record[SPENT + 1], high, low)
  local model = tally(record[SERIAL], name)
  model[1] = model[1] + 1
  model[2], model[3] = add(model[2], model[3], high, low)
end

local holds = {}

local function hold_of(id)
  local found = holds[id]
  if found == nil then
    local packed = redis.call('HGET', HOLDS, id)
    found = packed and cmsgpack.unpack(packed) or false
    holds[id] = found
  end
  return found
end

local function name_of(hold)
  return hold[MODEL] .. '\0' .. hold[PROVIDER]
end

-- Puts what was spent into the place of a hold.
local function post(id, hold, high, low)
  holds[id] = false
  remove_later('HDEL', HOLDS, id)
  remove_later('ZREM', LEASES, id)
  local charges = hold[CHARGES]
  for i = 1, #charges, 2 do
    local record = record_of(account(charges[i]), charges[i + 1])
    if record then
      record[HELD], record[HELD + 1] = subtract(record[HELD], record[HELD + 1], hold[BOUND], hold[BOUND + 1])
      record[OPEN] = math.max(record[OPEN] - 1, 0)
      spend(record, name_of(hold), high, low)
      touch(charges[i])
    end
  end
end

local doubts = {}

local function doubt_of(id)
  local found = doubts[id]
  if found == nil then
    local packed = redis.call('HGET', DOUBTS, id)
    found = packed and cmsgpack.unpack(packed) or false
    doubts[id] = found
  end
  return found
end

local function save_doubt(id, doubt)
  doubts[id] = doubt
  write_later('HSET', DOUBTS, id, cmsgpack.pack(doubt))
end

local function add_doubt(id, hold, high, low, expired)
  doubtful = doubtful + 1
  changed = true
  if doubts_kept > 0 then
    doubt_number = doubt_number + 1
    doubt_added = true
    save_doubt(id, { hold, high, low, 0, 0, now, expired })
    write_later('ZADD', DOUBT_ORDER, doubt_number, id)
  end
end

-- Nobody has ended it in its time: its money may be gone, and counts so.
local function expire(id, hold)
  -- Where nothing was held, its end may tell yet what it has cost: the window stays for that.
  for i = 1, #hold[CHARGES], 2 do
    local record = record_of(account(hold[CHARGES][i]), hold[CHARGES][i + 1])
    if record then
      record[USED] = 1
    end
  end
  post(id, hold, hold[BOUND], hold[BOUND + 1])
  events[#events + 1] = { 'expired', id, hold[MODEL], hold[PROVIDER], write(hold[BOUND], hold[BOUND + 1]) }
  add_doubt(id, hold, hold[BOUND], hold[BOUND + 1], 1)
end

-- Ends some of what is over: holds by their leases, windows by their ends.
local function sweep(most)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', exactly(now), 'LIMIT', 0, most)) do
    local hold = hold_of(id)
    if hold then
      expire(id, hold)
    else
      remove_later('ZREM', LEASES, id)
    end
  end
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', ENDS, '-inf', exactly(now), 'LIMIT', 0, most)) do
    if account(name) then
      touch(name)
    else
      remove_later('ZREM', ENDS, name)
    end
  end
end

-- How long so many tokens use up a rate, in microseconds.
local function takes(count, amount, period)
  local product = count * period
  local time
  if product < EXACT then
    time = math.floor(product / amount)
    if time * amount < product then
      time = time + 1
    end
  else
    time = math.ceil(count / amount * period)
  end
  return math.min(time, LONGEST)
end

-- Of the tokens that a hold has taken of rate limits, those that were not used.
local function give_back(hold, used)
  if used == '' then
    return
  end
  for _, taken in ipairs(hold[RATES]) do
    local name, born, before, amount, period, back_at = unpack(taken)
    local found = account(name)
    if found and found[BORN] == born then
      local after = takes(tonumber(used), amount, period)
      -- What time has brought back meanwhile is not given back once more.
      local back = math.min(math.max(before - after, 0), math.max(back_at - now, 0))
      found[UNTIL + 1] = math.max(found[UNTIL + 1] + math.max(after - before, 0) - back, 0)
      touch(name)
    end
  end
end

local function delete_models(window)
  local list = models_of(window)
  local fields = { exactly(window) }
  for _, name in ipairs(list.names) do
    local key = exactly(window) .. '|' .. name
    tallies[key] = nil
    fields[#fields + 1] = key
    if #fields >= 100 then
      remove_later('HDEL', MODELS, unpack(fields))
      fields = {}
    end
  end
  if #fields > 0 then
    remove_later('HDEL', MODELS, unpack(fields))
  end
  listed[window] = nil
end

-- Drops the windows that nothing depends on; when the account is to be looked at again.
local function tidy(found)
  local kept = {}
  local check = 0
  for _, record in ipairs(found[RECORDS]) do
    if needed(record) then
      kept[#kept + 1] = record
      if record[END] > now and (check == 0 or record[END] < check) then
        check = record[END]
      end
    elseif record[USED] == 1 then
      delete_models(record[SERIAL])
    end
  end
  found[RECORDS] = kept
  local busy = math.max(found[UNTIL], found[UNTIL + 1])
  if check == 0 and busy > now then
    check = busy
  end
  return check, #kept > 0 or busy > now
end

local function view(name)
  local rows = { name }
  local found = accounts[name]
  for _, record in ipairs(found and found[RECORDS] or {}) do
    rows[#rows + 1] = {
      record[KIND], exactly(record[START]), exactly(record[END]), write(record[SPENT], record[SPENT + 1]),
      write(record[HELD], record[HELD + 1]), exactly(record[SERIAL]), record[ALERTED],
    }
  end
  return rows
end

local function finish(status, extra)
  local views = {}
  local packed = {}
  for _, name in ipairs(touched_names) do
    local found = accounts[name]
    if found then
      local check, alive = tidy(found)
      if not alive then
        accounts[name] = false
        if stored[name] then
          remove_later('HDEL', ACCOUNTS, name)
          remove_later('ZREM', ENDS, name)
        end
      else
        if check ~= found[CHECK] then
          if check == 0 then
            remove_later('ZREM', ENDS, name)
          else
            write_later('ZADD', ENDS, exactly(check), name)
          end
          found[CHECK] = check
        end
        packed[#packed + 1] = name
        packed[#packed + 1] = cmsgpack.pack(found)
        if #packed >= 200 then
          write_later('HSET', ACCOUNTS, unpack(packed))
          packed = {}
        end
      end
    end
    views[#views + 1] = view(name)
  end
  for _, name in ipairs(shown) do
    views[#views + 1] = view(name)
  end
  if #packed > 0 then
    write_later('HSET', ACCOUNTS, unpack(packed))
  end
  if changed then
    for window, list in pairs(listed) do
      if list.new then
        write_later('HSET', MODELS, exactly(window), cmsgpack.pack(list.names))
      end
    end
    for key, model in pairs(tallies) do
      write_later('HSET', MODELS, key, cmsgpack.pack(model))
    end
    seq, mine = seq + 1, mine + 1
    for _, call in ipairs(removals) do
      redis.call(unpack(call))
    end
    redis.call('HSET', META, 'epoch', known[1], 'seq', exactly(seq), 'now', exactly(now), 'serial', exactly(serial),
      'doubtful', exactly(doubtful), 'exceeded', exactly(exceeded), 'would', exactly(would), 'forced',
      exactly(forced_count), 'uncounted', exactly(uncounted), 'doubt', exactly(doubt_number))
    redis.call('HSET', PEERS, peer, exactly(mine))
    for _, call in ipairs(writes) do
      redis.call(unpack(call))
    end
    local surplus = doubt_added and redis.call('ZCARD', DOUBT_ORDER) - doubts_kept or 0
    if surplus > 0 then
      local oldest = redis.call('ZPOPMIN', DOUBT_ORDER, math.min(surplus, 100))
      for i = 1, #oldest, 2 do
        redis.call('HDEL', DOUBTS, oldest[i])
      end
    end
    if mine % 64 == 1 then
      redis.call('ZREMRANGEBYSCORE', ENDED, '-inf', exactly(now))
      redis.call('ZADD', PEERS_SEEN, exactly(now), peer)
      for _, gone in ipairs(redis.call('ZRANGEBYSCORE', PEERS_SEEN, '-inf', exactly(now - 5 * WEEK), 'LIMIT', 0, 4)) do
        redis.call('HDEL', PEERS, gone)
        redis.call('ZREM', PEERS_SEEN, gone)
      end
    end
  end
  -- An epoch that is not written down is none.
  local named = (begun or changed) and known[1] or ''
  return { status, named, exactly(seq), exactly(now), exactly(mine), events, views, extra }
end

-- Takes a bound from every scope, or from none.
local FORCED, RESTORED = '1', '2'
local id = arg()
local bound, bound_low = read(arg())
local model, provider, force, lease = arg(), arg(), arg(), number()
local forced = force == FORCED or force == RESTORED

-- By zone and kind of window: the beginning of the one that the caller takes for the running one, its end, and the
-- next one's end. An end of zero is none.
local zones = {}
for i = 1, number() do
  local zone = {}
  for kind = 0, 3 do
    zone[kind] = { number(), number(), number() }
  end
  zones[i] = zone
end

local scopes = {}
for i = 1, number() do
  local scope = { name = arg(), budget = arg(), enforces = arg() == '1', zone = zones[number()], limits = {}, rates = {} }
  scope.bits = 0
  for j = 1, number() do
    local kind = number()
    local high, low = read(arg())
    scope.limits[j] = { kind, high, low }
    scope.bits = bit.bor(scope.bits, 2 ^ kind)
  end
  for j = 1, number() do
    scope.rates[j] = { number(), number(), number(), number(), number(), number() }
  end
  scope.counted = #scope.limits > 0 or #scope.rates > 0
  scopes[i] = scope
end

sweep(4)

local open = hold_of(id)
if open and open[LEASE] <= now then
  expire(id, open)
  open = false
end
if open then
  -- Whether it is the one asked for.
  for i, scope in ipairs(scopes) do
    local charged = #scope.limits == 0
    for j = 1, #open[CHARGES], 2 do
      charged = charged or open[CHARGES][j] == scope.name
    end
    if not charged or above(bound, bound_low, open[BOUND], open[BOUND + 1]) then
      return finish('foreign', { i })
    end
  end
  return finish('ok', {})
end
if redis.call('ZSCORE', ENDED, id) then
  return finish('ended', {})
end
if force == RESTORED and doubt_of(id) then
  return finish('ok', {})
end

-- The window of a kind that runs by a scope's clock: its beginning and end, or nothing where the caller must look anew.
local function proposed(scope, kind)
  if kind == 4 then
    return 0, 0
  end
  local first, second, third = unpack(scope.zone[kind])
  if second == 0 or (first <= now and now < second) then
    return first, second
  end
  if second <= now and (now < third or third == 0) then
    return second, third
  end
  return nil
end

-- Kinds of window that a budget's name was limited by so far, all told.
local kinds, new_kinds = {}, {}
for _, scope in ipairs(scopes) do
  if #scope.limits > 0 then
    if not kinds[scope.budget] then
      kinds[scope.budget] = tonumber(redis.call('HGET', KINDS, scope.budget) or 0)
    end
    local all = bit.bor(kinds[scope.budget], scope.bits)
    if all ~= kinds[scope.budget] then
      new_kinds[scope.budget] = all
    end
    kinds[scope.budget] = all
  end
end

-- Whether a scope counts what is spent in windows of this kind. Who has no limit of money counts none.
local function counts(scope, kind)
  return #scope.limits > 0 and bit.band(kinds[scope.budget], 2 ^ kind) ~= 0
end

for _, scope in ipairs(scopes) do
  for kind = 0, 3 do
    if counts(scope, kind) and not running(account(scope.name), kind) and not proposed(scope, kind) then
      return finish('when', {})
    end
  end
end

local function taken(found, limit)
  local record = running(found, limit[1])
  if not record then
    return 0, 0, 0, 0
  end
  return record[SPENT], record[SPENT + 1], record[HELD], record[HELD + 1]
end

local function fits(found, limit)
  if bound == 0 and bound_low == 0 then
    return true
  end
  local spent, spent_low, held, held_low = taken(found, limit)
  local high, low = add(spent, spent_low, held, held_low)
  high, low = add(high, low, bound, bound_low)
  return not above(high, low, limit[2], limit[3])
end

-- What of a scope's windows is too full: one that is spent before one that is held, then the one renewed last.
local function refusing(scope)
  local found = account(scope.name)
  local worst
  for j, limit in ipairs(scope.limits) do
    if not fits(found, limit) then
      local spent, spent_low = taken(found, limit)
      local high, low = add(spent, spent_low, bound, bound_low)
      local record = running(found, limit[1])
      local _, ends = proposed(scope, limit[1])
      if record then
        ends = record[END]
      end
      local refusal = { spent = above(high, low, limit[2], limit[3]), limit = j, ends = ends, record = record }
      local renewed = ends == 0 and math.huge or ends
      local before = worst and (worst.ends == 0 and math.huge or worst.ends)
      if not worst or (refusal.spent and not worst.spent) or (refusal.spent == worst.spent and renewed > before) then
        worst = refusal
      end
    end
  end
  return worst
end

if not forced then
  local first, first_scope
  for i, scope in ipairs(scopes) do
    if scope.enforces and scope.counted then
      local refusal = refusing(scope)
      if refusal and (not first or refusal.spent) then
        first, first_scope = refusal, i
      end
      if refusal and refusal.spent then
        break
      end
    end
  end
  if first then
    local record = first.record
    local spent, held = '0', '0'
    if record then
      spent, held = write(record[SPENT], record[SPENT + 1]), write(record[HELD], record[HELD + 1])
      shown[1] = scopes[first_scope].name
    end
    return finish('window', { first_scope, first.limit, spent, held, exactly(first.ends) })
  end
  for i, scope in ipairs(scopes) do
    if scope.enforces then
      local found = account(scope.name)
      for j, rate in ipairs(scope.rates) do
        local measure, use, ahead, count = unpack(rate)
        local busy = found and found[UNTIL + measure] or 0
        if count > 0 and (use > ahead or busy + use - ahead > now) then
          return finish('rate', { i, j, exactly(busy) })
        end
      end
    end
  end
end

local function missing()
  local names, count = {}, 0
  for _, scope in ipairs(scopes) do
    if scope.counted and not account(scope.name) and not names[scope.name] then
      names[scope.name] = true
      count = count + 1
    end
  end
  return count
end

local there = redis.call('HLEN', ACCOUNTS)
local absent = missing()
if absent > 0 and there + absent > most_accounts then
  sweep(64)
  for _, name in ipairs(touched_names) do
    local found = accounts[name]
    local used = false
    for _, scope in ipairs(scopes) do
      used = used or scope.name == name
    end
    if found and not used then
      local _, alive = tidy(found)
      there = there - (alive and 0 or 1)
    end
  end
  if there + absent > most_accounts and not forced then
    for i, scope in ipairs(scopes) do
      if not account(scope.name) and scope.enforces and scope.counted then
        return finish('full', { i })
      end
    end
  end
end

for budget, all in pairs(new_kinds) do
  write_later('HSET', KINDS, budget, all)
end
local charges, rates, rated = {}, {}, {}
local taken_of = {}

local function charge(scope)
  local found = account(scope.name)
  if not found and there + made >= most_accounts and not forced then
    uncounted = uncounted + 1
    changed = true
  else
    found = open_account(scope.name)
    touch(scope.name)
    if not (scope.enforces and #scope.limits > 0) then
      local all = true
      for _, limit in ipairs(scope.limits) do
        all = all and fits(found, limit)
      end
      if not all then
        found[WOULD] = found[WOULD] + 1
        would = would + 1
      end
    end
    for kind = 0, 4 do
      if counts(scope, kind) then
        local record = running(found, kind)
        if not record then
          local starts, ends = proposed(scope, kind)
          serial = serial + 1
          record = { serial, kind, starts, ends, 0, 0, 0, 0, 0, 0, 0 }
          table.insert(found[RECORDS], record)
        end
        if not taken_of[record[SERIAL]] then
          taken_of[record[SERIAL]] = true
          record[HELD], record[HELD + 1] = add(record[HELD], record[HELD + 1], bound, bound_low)
          record[OPEN] = record[OPEN] + 1
          charges[#charges + 1] = scope.name
          charges[#charges + 1] = record[SERIAL]
        end
      end
    end
    for _, rate in ipairs(scope.rates) do
      local measure, use, _, count, amount, period = unpack(rate)
      -- What an account gives of a measure, it gives once.
      local given = measure .. scope.name
      if count > 0 and not rated[given] then
        rated[given] = true
        local at = UNTIL + measure
        found[at] = math.min(math.max(found[at], now) + use, 4 * LONGEST)
        if measure == 1 then
          rates[#rates + 1] = { scope.name, found[BORN], use, amount, period, found[at] }
        end
      end
    end
  end
end

for _, scope in ipairs(scopes) do
  if scope.counted then
    charge(scope)
  end
end
if force == FORCED then
  forced_count = forced_count + 1
  changed = true
end
if #charges > 0 or #rates > 0 then
  local expires = math.min(now + lease, EXACT - 1)
  write_later('HSET', HOLDS, id, cmsgpack.pack({ bound, bound_low, model, provider, now, expires, charges, rates }))
  write_later('ZADD', LEASES, exactly(expires), id)
end
return finish('ok', {})

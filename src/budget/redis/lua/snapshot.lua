-- Everything, as of one moment.
sweep(100000)
-- Written down in any case, so that the clock does not go back behind what was shown.
changed = true
local head = finish('ok', {})

local function pairs_of(key)
  local flat = redis.call('HGETALL', key)
  local i = -1
  return function()
    i = i + 2
    return flat[i], flat[i + 1]
  end
end

local all = {}
for name, packed in pairs_of(ACCOUNTS) do
  local found = cmsgpack.unpack(packed)
  local windows = {}
  for _, record in ipairs(found[RECORDS]) do
    if needed(record) then
      local models = {}
      for _, model in ipairs(models_of(record[SERIAL]).names) do
        local sum = redis.call('HGET', MODELS, exactly(record[SERIAL]) .. '|' .. model)
        if sum then
          sum = cmsgpack.unpack(sum)
          models[#models + 1] = { model, exactly(sum[1]), write(sum[2], sum[3]) }
        end
      end
      windows[#windows + 1] = {
        record[KIND], exactly(record[START]), exactly(record[END]), write(record[SPENT], record[SPENT + 1]),
        write(record[HELD], record[HELD + 1]), exactly(record[OPEN]), models,
      }
    end
  end
  if #windows > 0 then
    all[#all + 1] = { name, exactly(found[WOULD]), windows }
  end
end

local function shown(id, hold)
  local names = {}
  for i = 1, #hold[CHARGES], 2 do
    names[#names + 1] = hold[CHARGES][i]
  end
  return {
    id, hold[MODEL], hold[PROVIDER], write(hold[BOUND], hold[BOUND + 1]), exactly(hold[SINCE]), exactly(hold[LEASE]),
    names,
  }
end

local open = {}
for id, packed in pairs_of(HOLDS) do
  open[#open + 1] = shown(id, cmsgpack.unpack(packed))
end

local unsure = {}
for _, id in ipairs(redis.call('ZRANGE', DOUBT_ORDER, 0, -1)) do
  local packed = redis.call('HGET', DOUBTS, id)
  if packed then
    local doubt = cmsgpack.unpack(packed)
    local row = shown(id, doubt[OF])
    row[#row + 1] = write(doubt[CHARGED], doubt[CHARGED + 1])
    row[#row + 1] = write(doubt[REFUNDED], doubt[REFUNDED + 1])
    row[#row + 1] = exactly(doubt[AT])
    row[#row + 1] = doubt[EXPIRED]
    unsure[#unsure + 1] = row
  end
end

head[8] = {
  all, open, unsure, exactly(doubtful), exactly(exceeded), exactly(would), exactly(forced_count), exactly(uncounted),
}
return head

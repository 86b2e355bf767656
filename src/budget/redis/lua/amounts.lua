-- Amounts are whole nano-dollars in two parts: high * 10^15 + low. A number of Lua is exact up to 2^53, about
-- 9 * 10^15, so sums of two parts are exact; amounts end at 9 * 10^30.
local PART = 1e15
local MOST = 9e15

local function read(text)
  local length = #text
  if length <= 15 then
    return 0, tonumber(text)
  end
  return tonumber(string.sub(text, 1, length - 15)), tonumber(string.sub(text, length - 14))
end

local function write(high, low)
  if high == 0 then
    return string.format('%.0f', low)
  end
  return string.format('%.0f%015.0f', high, low)
end

local function add(a, b, c, d)
  local high, low = a + c, b + d
  if low >= PART then
    high, low = high + 1, low - PART
  end
  if high >= MOST then
    return MOST - 1, PART - 1
  end
  return high, low
end

-- Never below zero.
local function subtract(a, b, c, d)
  local high, low = a - c, b - d
  if low < 0 then
    high, low = high - 1, low + PART
  end
  if high < 0 then
    return 0, 0
  end
  return high, low
end

local function above(a, b, c, d)
  return a > c or (a == c and b > d)
end

local function least(a, b, c, d)
  if above(a, b, c, d) then
    return c, d
  end
  return a, b
end

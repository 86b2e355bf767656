-- Notes that a window has reached a share of its limit; says whether that is news.
local name, window, share = arg(), number(), number()
local record = record_of(account(name), window)
if not record or record[ALERTED] >= share then
  return finish('ok', { '0' })
end
record[ALERTED] = share
touch(name)
return finish('ok', { '1' })

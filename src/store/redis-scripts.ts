import { createHash } from 'node:crypto'

/** A Lua script and the name that Redis gives it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Microseconds of the server: as Lua numbers (doubles) exact until the year 2255. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function whole(number) return string.format('%.0f', number) end
local function age(at) return whole(math.max(0, now - tonumber(at)) / 1000) end
`

/** A key that somebody else set without an end would block the fleet for ever: it is taken over. */
export const LEASE = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 then return {'0', tostring(left)} end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {'1', ARGV[2]}
`)

export const RELEASE = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return '1'
`)

export const READ = script(`${NOW}
local entry = redis.call('HMGET', KEYS[1], 'version', 'value', 'at')
if not entry[1] then return {} end
return {entry[1], entry[2], age(entry[3])}
`)

/** The time makes a version that was never there before, also after the entry has expired. */
export const WRITE = script(`${NOW}
local version = redis.call('HGET', KEYS[1], 'version')
if (version or '') ~= ARGV[1] then return '0' end
local following = now
if version then following = math.max(now, tonumber(version) + 1) end
redis.call('HSET', KEYS[1], 'version', whole(following), 'value', ARGV[2], 'at', whole(now))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return '1'
`)

/** A row is stored as "end at value", so that one look tells whether it still counts. */
const GROUP = `${NOW}
local function living(key, drop)
  local found = {}
  local stored = redis.call('HGETALL', key)
  for i = 1, #stored, 2 do
    local ends, at, value = string.match(stored[i + 1], '^(%d+) (%d+) (.*)$')
    if ends and tonumber(ends) > now then
      table.insert(found, {stored[i], tonumber(at), value, tonumber(ends)})
    elseif drop then
      redis.call('HDEL', key, stored[i])
    end
  end
  table.sort(found, function(a, b) return a[2] < b[2] end)
  return found
end
local function reply()
  local rows, marks = {}, {}
  for _, row in ipairs(living(KEYS[1], false)) do
    table.insert(rows, row[1]) table.insert(rows, row[3]) table.insert(rows, age(row[2]))
  end
  for _, mark in ipairs(living(KEYS[2], false)) do
    table.insert(marks, mark[1]) table.insert(marks, age(mark[2]))
  end
  return {rows, marks}
end
`

/** ARGV: member, value, keepMs, keepMarksMs, marks kept, marks... */
export const ENTER = script(`${GROUP}
local function put(key, name, keep, value)
  redis.call('HSET', key, name, whole(now + keep * 1000) .. ' ' .. whole(now) .. ' ' .. value)
  redis.call('PEXPIRE', key, whole(math.max(tonumber(keep), redis.call('PTTL', key))))
end
put(KEYS[1], ARGV[1], ARGV[3], ARGV[2])
for i = 6, #ARGV do put(KEYS[2], ARGV[i], ARGV[4], '') end
living(KEYS[1], true)
local marks = living(KEYS[2], true)
for i = 1, #marks - ARGV[5] do redis.call('HDEL', KEYS[2], marks[i][1]) end
return reply()
`)

export const READ_GROUP = script(`${GROUP}
return reply()
`)

export const LEAVE = script(`
redis.call('HDEL', KEYS[1], ARGV[1])
return '1'
`)

/**
 * Fields are "c HOUR name" for counts and "s owner" for "HOUR sequence". Sums are made here, in
 * doubles, as exact as the numbers of JavaScript are.
 */
const COUNTERS = `${NOW}
local hour = math.floor(now / 3600000000)
local function sums(drop)
  local totals = {}
  local stored = redis.call('HGETALL', KEYS[1])
  for i = 1, #stored, 2 do
    local since, name = string.match(stored[i], '^c (%d+) (.*)$')
    local kept = tonumber(since or string.match(stored[i + 1], '^(%d+) ') or 0)
    if kept <= hour - tonumber(ARGV[1]) then
      if drop then redis.call('HDEL', KEYS[1], stored[i]) end
    elseif name then
      totals[name] = (totals[name] or 0) + tonumber(stored[i + 1])
    end
  end
  local flat = {}
  for name, sum in pairs(totals) do
    table.insert(flat, name) table.insert(flat, whole(sum))
  end
  return flat
end
`

/** ARGV: hours kept, owner, sequence, name and amount... */
export const ADD = script(`${COUNTERS}
local seen = redis.call('HGET', KEYS[1], 's ' .. ARGV[2])
local last = seen and tonumber(string.match(seen, ' (-?%d+)$'))
if not last or tonumber(ARGV[3]) > last then
  redis.call('HSET', KEYS[1], 's ' .. ARGV[2], whole(hour) .. ' ' .. ARGV[3])
  for i = 4, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[1], 'c ' .. whole(hour) .. ' ' .. ARGV[i], ARGV[i + 1])
  end
  redis.call('PEXPIRE', KEYS[1], whole((tonumber(ARGV[1]) + 1) * 3600000))
end
return sums(true)
`)

export const TOTALS = script(`${COUNTERS}
return sums(false)
`)

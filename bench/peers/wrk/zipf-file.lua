-- Paths /FOLDER/FILE.txt, distributed as Zipf's law has it (the n-th most popular is asked for 1/n times as often as the
-- first). Arguments: how many folders, how many files in each, a seed.
local folders, files = 1, 1
local after
-- cumulative[n]: how often one of the first n is asked for, of all.
local cumulative = {}

function init(arguments)
  folders, files = tonumber(arguments[1]), tonumber(arguments[2])
  math.randomseed(tonumber(arguments[3]))
  local sum = 0
  for rank = 1, folders * files do
    sum = sum + 1 / rank
    cumulative[rank] = sum
  end
  local head = wrk.format("GET", "/")
  after = string.sub(head, string.find(head, " HTTP/1.1", 1, true), -1)
end

function request()
  local wanted = math.random() * cumulative[#cumulative]
  local least, most = 1, #cumulative
  while least < most do
    local middle = math.floor((least + most) / 2)
    if cumulative[middle] < wanted then least = middle + 1 else most = middle end
  end
  -- Neighbours in rank lie far from each other on disk.
  local number = least - 1
  return "GET /" .. number % folders .. "/" .. math.floor(number / folders) .. ".txt" .. after
end

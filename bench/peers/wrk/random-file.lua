-- Random paths /FOLDER/FILE.txt. Arguments: how many folders, how many files in each.
local folders, files = 1, 1
local after

function init(arguments)
  folders, files = tonumber(arguments[1]), tonumber(arguments[2])
  math.randomseed(1)
  local head = wrk.format("GET", "/")
  after = string.sub(head, string.find(head, " HTTP/1.1", 1, true), -1)
end

function request()
  return "GET /" .. math.random(0, folders - 1) .. "/" .. math.random(0, files - 1) .. ".txt" .. after
end

-- A browser's request head whose path and cookie change with every request, over files /0.txt to /COUNT-1.txt.
-- Argument: how many files. The other fields come from wrk's --header.
local after, count, number = nil, 1000, 0

function init(arguments)
  count = tonumber(arguments[1]) or count
  wrk.headers["Cookie"] = nil
  local head = wrk.format("GET", "/")
  after = string.sub(head, string.find(head, " HTTP/1.1", 1, true), -3) .. "Cookie: session="
end

function request()
  number = number + 1
  -- A prime stride: neighbours in time are not neighbours in the list.
  return "GET /" .. (number * 619 % count) .. ".txt" .. after .. string.format("%032x", number * 2654435761) .. "\r\n\r\n"
end

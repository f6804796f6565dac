-- Sends JSON of 1 MiB with each request.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"text":"' .. string.rep("x", 1048576 - 11) .. '"}'

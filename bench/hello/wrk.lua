-- What bench/functions.py has wrk do beyond asking: count what is sent, and say it all as JSON.

local threads, whole = {}, nil

function setup(thread)
    table.insert(threads, thread)
end

function init()
    sent = 0
    whole = wrk.format()
end

-- Called for each request, before its time begins to count.
function request()
    sent = sent + 1
    return whole
end

function done(summary, latency)
    -- What is under way when the time is over gets its answer before its connection is closed.
    os.execute("sleep 0.1")
    local all = 0
    for _, thread in ipairs(threads) do
        all = all + thread:get("sent")
    end
    -- wrk looks at one request before it begins, which is not sent.
    all = all - 1
    local errors = summary.errors
    io.write(string.format(
        '\n{"sent":%d,"answered":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"statuses":%d,"errors":%d}\n',
        all, summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end

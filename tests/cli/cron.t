# times in the zone, with its offset
$ pawl cron '0 9 * * MON-FRI' --zone Asia/Kolkata --count 3 --after 2026-01-01T00:00:00Z
> 2026-01-01T09:00:00+05:30
> 2026-01-02T09:00:00+05:30
> 2026-01-05T09:00:00+05:30

# ten times, in UTC
$ pawl cron @hourly --after 2026-01-01T00:00:00Z | wc -l
> 10

# a skipped local time does not fire, a doubled one fires twice
$ pawl cron '30 2 29 3 *' --zone Europe/Berlin -n1 --after 2026-01-01T00:00:00Z
$ pawl cron '30 2 25 10 *' --zone Europe/Berlin -n2 --after 2026-01-01T00:00:00Z
> 2027-03-29T02:30:00+02:00
> 2026-10-25T02:30:00+02:00
> 2026-10-25T02:30:00+01:00

# the zone in the expression wins
$ pawl cron 'CRON_TZ=Asia/Tokyo 0 0 * * *' --zone Europe/Berlin -n1 --after 2026-01-01T00:00:00Z
> 2026-01-02T00:00:00+09:00

# as JSON
$ pawl cron @daily -n2 --after 2026-01-01T00:00:00Z -o jsonl
> {"times":["2026-01-02T00:00:00Z","2026-01-03T00:00:00Z"]}

# what never fires is said
$ pawl cron '0 0 30 2 *'
! pawl: it never fires

# a wrong expression
$ pawl cron '61 * * * *'
! pawl: cron: '61' is out of range: the minute is 0 to 59
? 6

# a wrong zone gets a suggestion
$ pawl cron @daily --zone Europe/Berln
! pawl: unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?
? 3

# no expression
$ pawl cron
! pawl: an expression is missing: pawl cron '0 9 * * MON-FRI'
! See 'pawl cron --help'.
? 2

# many cases, each with its answer
$ pawl cron --jsonl
< {"expr":"0 9 * * *","zone":"Asia/Kolkata","after":"2026-01-01T00:00:00Z","count":2}
< {"expr":"@daily","after":"2026-01-01T00:00:00Z","count":1}
< {"expr":"CRON_TZ=Asia/Tokyo @daily","zone":"Europe/Berlin","after":"2026-01-01T00:00:00+09:00","count":1}
< {"expr":"0 0 30 2 *"}
< {"expr":"@daily","count":0}
< {"expr":"@dialy"}
< {"expr":"@daily","zone":"Nowhere"}
< {"expr":"@daily","after":"now"}
< {"expr":"@daily","after":5}
< {"expr":"@daily","count":"2"}
< {"expr":"@daily","count":-1}
< {"expr":"@daily","count":10001}
< {"zone":"UTC"}
< [1]
< {"expr":
<
> {"times":["2026-01-01T09:00:00+05:30","2026-01-02T09:00:00+05:30"]}
> {"times":["2026-01-02T00:00:00Z"]}
> {"times":["2026-01-02T00:00:00+09:00"]}
> {"times":[]}
> {"times":[]}
> {"error":"cron: '@dialy' is no known word; did you mean '@daily'?","code":"INVALID"}
> {"error":"unknown time zone 'Nowhere'; names are like Europe/Berlin (looked in /usr/share/zoneinfo)","code":"NOT_FOUND"}
> {"error":"'now' is not an RFC 3339 time such as 2026-03-29T09:30:00Z or 2026-03-29T09:30:00+05:30","code":"INVALID"}
> {"error":"\"after\" of the request is no text","code":"INVALID"}
> {"error":"\"count\" of the request is no whole number","code":"INVALID"}
> {"error":"\"count\" of the request is negative","code":"INVALID"}
> {"error":"the count is at most 10000","code":"INVALID"}
> {"error":"the request has no \"expr\"","code":"INVALID"}
> {"error":"the request is no JSON object","code":"INVALID"}
~ \{"error":"the request: .*","code":"SYNTAX"\}
~ \{"error":"the request: .*","code":"SYNTAX"\}

# the last line needs no line break, and a carriage return before it is none of it
$ printf '{"expr":"@daily","count":0}\r\n{"expr":"@daily","count":0}' | pawl cron --jsonl
> {"times":[]}
> {"times":[]}

# a line above the limit is answered, and the next one too
$ (head -c 5000000 /dev/zero | tr '\0' ' '; echo; echo '{"expr":"@daily","count":0}') | pawl cron --jsonl
> {"error":"the line is longer than the limit of 4194304 bytes","code":"LIMIT_EXCEEDED"}
> {"times":[]}

# each answer comes before the next line is sent
$ mkfifo to; pawl cron --jsonl <to >from & exec 3>to; echo '{"expr":"@daily","count":0}' >&3; while ! grep -q times from 2>/dev/null; do :; done; echo answered; exec 3>&-; wait
> answered

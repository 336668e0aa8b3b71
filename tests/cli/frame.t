#: The frame itself: help, versions, wrong calls, exit codes.

# version is data
$ pawl version
~ pawl [0-9]+\.[0-9]+\.[0-9]+

# version as JSON
$ pawl version -o json
~ \{"version":"[0-9.]+"\}

# --version and -V are understood
$ pawl --version && pawl -V
~ pawl .*
~ pawl .*

# without a command the list goes to standard error
$ pawl
! pawl: a durable workflow engine
! ...
? 2

# help is data
$ pawl help
> pawl: a durable workflow engine
> ...
~   cron +show when a cron expression fires
> ...
> 6 invalid, 7 timed out, 9 unreachable.

# --help is the same
$ test "$(pawl help)" = "$(pawl --help)" && test "$(pawl help)" = "$(pawl -h)"

# help of a command
$ pawl help explain
~ pawl explain: explain .*
> ...
~ Usage: pawl explain .*
> ...
>   -h, --help                 show this help
> ...

# --help of a command is the same, wherever it stands
$ test "$(pawl help explain)" = "$(pawl explain X --help)"

# help of what does not exist
$ pawl help corn
! pawl: there is no command 'corn'; did you mean 'cron'?
? 3

# a wrong command gets a suggestion
$ pawl vresion
! pawl: unknown command 'vresion'; did you mean 'version'?
! See 'pawl --help'.
? 2

# a command like no other
$ pawl qqqqqqqqqqqq
! pawl: unknown command 'qqqqqqqqqqqq'
! See 'pawl --help'.
? 2

# an option before the command
$ pawl --verbose version
! pawl: unknown option '--verbose'
! See 'pawl --help'.
? 2

# a wrong option gets a suggestion
$ pawl cron '@daily' --cuont 3
! pawl: unknown option '--cuont'; did you mean '--count'?
! See 'pawl cron --help'.
? 2

# a wrong letter
$ pawl cron '@daily' -x
! pawl: unknown option '-x'
! See 'pawl cron --help'.
? 2

# a missing value
$ pawl cron '@daily' --zone
! pawl: option --zone needs a value: --zone ZONE
! See 'pawl cron --help'.
? 2

# a flag with a value
$ pawl cron --jsonl=yes
! pawl: option --jsonl takes no value
! See 'pawl cron --help'.
? 2

# a number that is none
$ pawl cron '@daily' --count many
! pawl: option --count: 'many' is not a whole number
! See 'pawl cron --help'.
? 2

# an empty number
$ pawl cron '@daily' --count=
! pawl: option --count: a number is missing
! See 'pawl cron --help'.
? 2

# a time that is none
$ pawl cron '@daily' --after yesterday
! pawl: option --after: 'yesterday' is not an RFC 3339 time such as 2026-03-29T09:30:00Z or 2026-03-29T09:30:00+05:30
! See 'pawl cron --help'.
? 2

# a choice that is none
$ pawl version -o yaml
! pawl: option --output: 'yaml' is none of table|json|jsonl
! See 'pawl version --help'.
? 2

# all ways to give a value
$ for option in '--count 1' '--count=1' '-n 1' '-n1'; do pawl cron @yearly --after 2026-05-05T00:00:00Z $option; done
> 2027-01-01T00:00:00Z
> 2027-01-01T00:00:00Z
> 2027-01-01T00:00:00Z
> 2027-01-01T00:00:00Z

# the last of several counts
$ pawl cron @yearly --after 2026-05-05T00:00:00Z -n 5 -n 1
> 2027-01-01T00:00:00Z

# behind -- everything is an argument
$ pawl explain -- --help
! pawl: nothing is called '--help'
? 3

# too many arguments
$ pawl version now
! pawl: unexpected argument 'now': pawl version
! See 'pawl version --help'.
? 2

# too few arguments
$ pawl explain
! pawl: too few arguments: pawl explain WORD
! See 'pawl explain --help'.
? 2

# a full disk is an error
$ pawl help >/dev/full
! pawl: cannot write to the standard output
? 1

# nothing is coloured when it does not go to a terminal
$ pawl help cron | grep -c "$(printf '\033')"
> 0
? 1

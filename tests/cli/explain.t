# a code of a finding
$ pawl explain E_UNKNOWN_KEY
> E_UNKNOWN_KEY (error in a text)
> Unknown key.
>
~ The workflow language has no such key .*

# a result code
$ pawl explain TIMED_OUT
> TIMED_OUT (result of a command or request)
> it took too long.
>
> HTTP status 504, exit code 7. Trying again may help.

# a word that is none gets a suggestion
$ pawl explain E_UNKNWON_KEY
! pawl: nothing is called 'E_UNKNWON_KEY'; did you mean 'E_UNKNOWN_KEY'?
? 3

# a filter, with its example
$ pawl explain upper
> upper (filter of expressions)
>   value | upper
>
> Upper case.
>
> Example: {{ 'straße' | upper }}
> gives:   "STRASSE"
>
> upper (test of expressions)
>   value is upper
>
> A text whose letters are all in upper case, with at least one.
>
> Example: {{ 'Ab' is upper }}
> gives:   false
>
> upper (method of expressions)
>   value.upper()
>
> Upper case.
>
> Example: {{ 'abc'.upper() }}
> gives:   "ABC"

# a word of two kinds
$ pawl explain lower
> lower (filter of expressions)
>   value | lower
>
> Lower case.
>
> Example: {{ 'ÄRGER' | lower }}
> gives:   "ärger"
>
> lower (test of expressions)
>   value is lower
>
> A text whose letters are all in lower case, with at least one.
>
> Example: {{ 'a1' is lower }}
> gives:   true
>
> lower (method of expressions)
>   value.lower()
>
> Lower case.
>
> Example: {{ 'ABC'.lower() }}
> gives:   "abc"

# a filter with arguments
$ pawl explain replace
> replace (filter of expressions)
>   value | replace(old,new,count=)
>
> Every old (or the first count ones) becomes new.
>
> Example: {{ 'aaargh' | replace('a', 'o', 2) }}
> gives:   "ooargh"
>
> replace (method of expressions)
>   value.replace(old,new,count=)
>
> Every old (or the first count ones) becomes new.
>
> Example: {{ 'aa'.replace('a', 'b', 1) }}
> gives:   "ba"

# a filter misspelt
$ pawl explain uper
! pawl: nothing is called 'uper'; did you mean 'upper'?
? 3

# a key of the language, at each place that has it
$ pawl explain retry
> ...
> step.retry (key of the workflow language)
>   how often an attempt is made again; false: never
~   keys: max_attempts, .*
> ...

# a key by its full name
$ pawl explain step.retry
> step.retry (key of the workflow language)
> ...

# what is not supported yet says so
$ pawl explain sla
> sla (key of the workflow language)
> ...
~   not supported yet: .*
> ...

# an action
$ pawl explain http.request
> http.request (action)
> ...
>   config needs: url
> ...
>   output has: status, headers, body
> ...

# a key misspelt
$ pawl explain depend_on
! pawl: nothing is called 'depend_on'; did you mean 'depends_on'?
? 3

# lists
$ for list in actions filters tests functions methods codes; do pawl explain $list | grep -E '^(http.request|default|defined|range|strip|E_UNKNOWN_KEY|TIMED_OUT) '; done
~ http.request +Send an HTTP request
~ default +.*
~ defined +.*
~ range +.*
~ strip +.*
~ E_UNKNOWN_KEY +Unknown key
~ TIMED_OUT +it took too long

# what an action gives is told, as it is checked
$ pawl explain exec.run | grep -A 1 'output has'
>   output has: exit_code, stdout, stderr, cut
>     exit_code: 0

$ pawl explain log.write | grep 'output has'
>   output has: nothing

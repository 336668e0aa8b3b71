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

# YAML 1.2 as JSON
@ order.yaml
| id: order
| on: no
| list: [1, 2.50, 0o7, ~, true]
$ pawl convert order.yaml
> {
>   "id": "order",
>   "on": "no",
>   "list": [
>     1,
>     2.50,
>     7,
>     null,
>     true
>   ]
> }

# on one line, from standard input
$ pawl convert --compact -
< a: {b: c}
> {"a":{"b":"c"}}

# a mistake is shown with its place
@ bad.yaml
| a: 1
| a: 2
$ pawl convert bad.yaml
! ...
!~ .*bad.yaml:2:1: .*
! ...
? 6

# a missing file
$ pawl convert none.yaml
! pawl: cannot open 'none.yaml': No such file or directory
? 3

# a folder
$ pawl convert .
! pawl: cannot read '.': Is a directory
? 1

# no file
$ pawl convert
! pawl: a file is missing: pawl convert FILE
! See 'pawl convert --help'.
? 2

# many cases
$ pawl convert --jsonl
< {"yaml":"a: [1, no, 0o7]\n"}
< {"yaml":"- ä"}
< {"yaml":"a: [1"}
< {"yaml":5}
> {"json":{"a":[1,"no",7]}}
> {"json":["ä"]}
~ \{"error":".*","code":"E_YAML_SYNTAX"\}
> {"error":"\"yaml\" of the request is no text","code":"INVALID"}

# a text around expressions
@ order.json
| {"inputs": {"amount": 1250.50, "po": "PO-7", "lines": [1, 2, 3]}}
$ pawl expr 'Approve {{ inputs.po }}: {{ inputs.amount * 2 }}' --context order.json
> Approve PO-7: 2501.00

# the value keeps its type
@ order.json
| {"inputs": {"amount": 1250.50, "po": "PO-7", "lines": [1, 2, 3]}}
$ pawl expr '{{ inputs.lines }}' --context order.json -o jsonl
$ pawl expr '{{ 0.1 + 0.2 == 0.3 }}' -o jsonl
$ pawl expr 'sum: {{ 1 + 1 }}' -o jsonl
> {"output":"[1, 2, 3]","value":[1,2,3]}
> {"output":"true","value":true}
> {"output":"sum: 2","value":"sum: 2"}

# the context may be YAML, and come from standard input
$ pawl expr '{{ a.b | upper }}' -c -
< a: {b: c}
> C

# a message with statements
$ pawl expr '{% for n in [1, 2, 3] %}{{ n }}{% if not loop.last %}, {% endif %}{% endfor %}'
> 1, 2, 3

# --trace shows the parts on standard error
@ order.yaml
| amount: 3
$ pawl expr '{{ amount * (2 + amount) }}' --context order.yaml --trace
> 15
!   amount = 3
!   amount = 3
!   (2 + amount) = 5
!   amount * (2 + amount) = 15

# a mistake in the template is shown with its place
$ pawl expr '{{ 1 + }}'
! template:1:8: error: the expression ends where a value is expected [E_EXPR_SYNTAX]
!     1 | {{ 1 + }}
!       |        ^^
? 6

# a name without a value
$ pawl expr '{{ nothing.here }}'
! pawl: 'nothing.here' is not defined (in 'nothing.here')
? 6

# the context must be a map
@ list.json
| [1]
$ pawl expr '{{ 1 }}' --context list.json
! pawl: the context in 'list.json' is no map
? 6

# a malformed context is shown with its place
@ bad.json
| {"a": 1
| "b": 2}
$ pawl expr '{{ 1 }}' --context bad.json
! pawl: bad.json:2:1: expected ',' or '}', but found '"'
? 6

# no template
$ pawl expr
! pawl: a template is missing: pawl expr '{{ 1 + 1 }}'
! See 'pawl expr --help'.
? 2

# many cases
$ pawl expr --jsonl
< {"template":"{{ a + 1 }}","context":{"a":1}}
< {"template":"x{{ a }}y","context":{"a":[1,true,null]}}
< {"template":"{% if a %}yes{% endif %}","context":{"a":true}}
< {"template":"plain"}
< {"template":"{{ b }}","context":{}}
< {"template":"{{ 1 + }}"}
< {"template":"{{ 1 }}","context":[1]}
< {"context":{}}
> {"output":"2","value":2}
> {"output":"x[1, true, null]y","value":"x[1, true, null]y"}
> {"output":"yes","value":"yes"}
> {"output":"plain","value":"plain"}
> {"error":"'b' is not defined (in 'b')","code":"expression.undefined"}
> {"error":"the expression ends where a value is expected (line 1, column 8)","code":"E_EXPR_SYNTAX"}
> {"error":"\"context\" of the request is no map","code":"INVALID"}
> {"error":"the request has no \"template\"","code":"INVALID"}

# the language's schema is JSON Schema, and a workflow can be checked with it
@ order.yaml
| id: order
| steps:
|   - id: a
|     action: log.write
|     config: {message: hello}
$ pawl schema > workflow.json && pawl schema check workflow.json order.yaml
> order.yaml: valid

# on one line
$ pawl schema --compact | wc -l
> 1

# arguments are refused
$ pawl schema now
! pawl: unknown command 'schema now'; did you mean 'schema'?
! See 'pawl schema --help'.
? 2
